"""Goal: a disk that is full, a directory that cannot be written, a file that is damaged or of a newer schema: a clear message and an exit
code other than 0 (or 5xx while running), and nothing that was stored is damaged.
Method: a small tmpfs, or where nothing can be mounted a limit on the size of files; and files changed by hand."""
import contextlib
import os
import re
import shutil
import subprocess

import pytest

from fault.harness import FILE, missing, starts_and_holds, user_version, write_some
from support.ids import uuid7
from support.server import DidNotStart, Opikd

pytestmark = pytest.mark.slow_when_sanitized


def refuses_to_start(data, *words, **how):
    """It ends by itself, with a code other than 0, and one line says why."""
    with pytest.raises(DidNotStart) as refused:
        Opikd(data, ready_timeout=20, **how)
    code, said = refused.value.code, refused.value.stderr
    assert code > 0, f"exit code {code}: {said}"
    assert any(all(word in line.lower() for word in words) for line in said.splitlines()), f"no line with {words} in:\n{said}"
    return said


@contextlib.contextmanager
def mounted(folder, *options):
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", *options, "none", str(folder)], capture_output=True, text=True)
    if done.returncode != 0:
        yield False
        return
    try:
        yield True
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(api, seconds=60):
    """Writes until the server refuses. What was acknowledged, and the refusal."""
    known = {}
    for n in range(2000):
        ids = [uuid7() for _ in range(50)]
        fields = [{"name": f"{n}.{i}", "trace_id": ids[0], "type": "llm", "start_time": "2024-05-01T10:00:00Z", "input": {"random": os.urandom(3000).hex()}} for i in range(50)]
        answer = api.post("/v1/private/spans/batch", {"spans": [{"id": id, **f} for id, f in zip(ids, fields)]})
        if answer.status != 204:
            return known, answer
        known |= {("spans", id): f for id, f in zip(ids, fields)}
    raise AssertionError("the disk did not fill up")


def check_full_disk(server):
    before = write_some(server.api)
    known, refusal = fill(server.api)
    assert 500 <= refusal.status <= 599, refusal
    assert re.search(r"disk|full|space", refusal.text, re.I), refusal
    assert re.search(r"disk|full|space", server.stderr, re.I), server.stderr[-2000:]
    # It still reads, and what it had acknowledged is whole.
    assert server.api.get("/is-alive/ping").status == 200
    wrong = missing(server.api, {**before, **known})
    assert not wrong, wrong[:5]
    return {**before, **known}


def test_full_disk(tmp_path):
    disk = tmp_path / "disk"
    with mounted(disk, "-o", "size=24m") as is_mounted:
        if not is_mounted:
            pytest.skip("nothing can be mounted here")
        server = Opikd(disk / "data")
        try:
            known = check_full_disk(server)
            # Room again: it goes on without a restart.
            subprocess.run(["mount", "-o", "remount,size=96m", str(disk)], check=True)
            more = write_some(server.api, 100, "after")
            assert server.stop() == 0
        finally:
            server.kill()
        starts_and_holds(disk / "data", {**known, **more})


def test_file_size_limit(tmp_path):
    """The same where nothing can be mounted: no file may grow beyond 16 MiB."""
    server = Opikd(tmp_path / "data", wrapper=["prlimit", f"--fsize={16 << 20}"])
    try:
        before = write_some(server.api)
        known, refusal = fill(server.api)
        assert 500 <= refusal.status <= 599, refusal
        assert missing(server.api, {**before, **known}) == []
    finally:
        server.kill()
    starts_and_holds(tmp_path / "data", {**before, **known})


def test_no_room_to_start(tmp_path):
    disk = tmp_path / "disk"
    with mounted(disk, "-o", "size=64k") as is_mounted:
        if not is_mounted:
            pytest.skip("nothing can be mounted here")
        (disk / "filler").write_bytes(b"x" * (60 << 10))
        refuses_to_start(disk / "data", "data")


def test_read_only_directory(tmp_path):
    disk = tmp_path / "disk"
    with mounted(disk) as is_mounted:
        if not is_mounted:
            pytest.skip("nothing can be mounted here")
        with Opikd(disk / "data") as server:
            known = write_some(server.api)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        said = refuses_to_start(disk / "data", str(disk).lower())
        assert re.search(r"read-?only|permission|writ", said, re.I), said
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        starts_and_holds(disk / "data", known)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="needs root to become somebody else")
def test_directory_of_somebody_else(tmp_path):
    data = tmp_path / "data"
    with Opikd(data) as server:
        known = write_some(server.api)
    for folder in [tmp_path, *tmp_path.parents][:4]:  # pytest's own folders are closed to others
        folder.chmod(folder.stat().st_mode | 0o055)
    refuses_to_start(data, str(data).lower(), wrapper=["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
    starts_and_holds(data, known)


def test_data_is_a_file(tmp_path):
    (tmp_path / "data").write_text("not a directory")
    refuses_to_start(tmp_path / "data", str(tmp_path / "data").lower())
    assert (tmp_path / "data").read_text() == "not a directory"


def written(tmp_path):
    data = tmp_path / "data"
    with Opikd(data) as server:
        known = write_some(server.api, 1000)
    assert not (data / f"{FILE}-wal").exists() or (data / f"{FILE}-wal").stat().st_size == 0, "SIGTERM leaves one whole file"
    return data, known


def test_damaged_header(tmp_path):
    data, known = written(tmp_path)
    path = data / FILE
    whole = path.read_bytes()
    path.write_bytes(b"this is no database" + whole[19:])
    refuses_to_start(data, FILE)
    assert path.read_bytes()[:19] == b"this is no database", "a file that it cannot read is left as it is"
    path.write_bytes(whole)
    starts_and_holds(data, known)


def test_empty_noise_as_file(tmp_path):
    data, known = written(tmp_path)
    path = data / FILE
    whole = path.read_bytes()
    path.write_bytes(bytes(reversed(whole)))
    refuses_to_start(data, FILE)
    path.write_bytes(whole)
    starts_and_holds(data, known)


def test_truncated_file(tmp_path):
    data, known = written(tmp_path)
    path = data / FILE
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    try:
        server = Opikd(data, ready_timeout=20)
    except DidNotStart as refused:
        assert refused.code > 0 and FILE in refused.stderr, refused
    else:
        survives_damage(server, known)
    path.write_bytes(whole)
    starts_and_holds(data, known)


def survives_damage(server, known):
    """A server on a damaged file answers each read rightly or with 5xx and says why, and never with something else; it does not end."""
    answers = {}
    try:
        for (kind, id), fields in known.items():
            answer = server.api.get(f"/v1/private/{kind}/{id}")
            answers[answer.status] = answers.get(answer.status, 0) + 1
            if answer.status == 200:
                assert answer.json["input"] == fields["input"], answer
        assert server.process.poll() is None, f"it ended with code {server.process.returncode}\n{server.stderr[-3000:]}"
    finally:
        server.kill()
    if set(answers) != {200}:
        assert any(status >= 500 for status in answers), answers
        assert re.search(r"malformed|damaged|corrupt", server.stderr, re.I), server.stderr[-3000:]
    return answers


@pytest.mark.parametrize("where", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_damaged_in_the_middle(tmp_path, where):
    data, known = written(tmp_path)
    path = data / FILE
    whole = path.read_bytes()
    damaged = bytearray(whole)
    page = int(len(whole) / 4096 * where) * 4096
    for at in range(page, page + 4096):
        damaged[at] ^= 0xA5
    path.write_bytes(damaged)
    try:
        server = Opikd(data, ready_timeout=20)
    except DidNotStart as refused:
        assert refused.code > 0 and re.search(r"malformed|damaged|corrupt|database", refused.stderr, re.I), refused
    else:
        survives_damage(server, known)
    path.write_bytes(whole)
    starts_and_holds(data, known)


def test_newer_schema(tmp_path):
    data, known = written(tmp_path)
    version = user_version(data)
    assert version > 0, "the file says its schema's version in user_version"
    user_version(data, version + 1)
    before = (data / FILE).read_bytes()
    said = refuses_to_start(data, str(version + 1), "schema")
    assert str(version) in said and re.search(r"newer|upgrade", said, re.I), said
    assert (data / FILE).read_bytes() == before, "a file of a newer version is left as it is"
    user_version(data, version)
    starts_and_holds(data, known)


def test_two_servers_on_one_directory(tmp_path):
    with Opikd(tmp_path / "data") as server:
        known = write_some(server.api)
        refuses_to_start(tmp_path / "data", str(tmp_path / "data").lower())
        assert missing(server.api, known) == []
    starts_and_holds(tmp_path / "data", known)


def test_port_in_use(tmp_path):
    with Opikd(tmp_path / "one") as server:
        said = refuses_to_start(tmp_path / "two", str(server.port), listen=f"127.0.0.1:{server.port}")
        assert re.search(r"in use", said, re.I), said
        assert server.api.get("/is-alive/ping").status == 200


@pytest.mark.parametrize("listen", ["nonsense", "127.0.0.1:99999", "256.1.1.1:80"])
def test_address_that_is_none(tmp_path, listen):
    refuses_to_start(tmp_path / "data", listen.split(":")[0], listen=listen)


def test_open_files_run_out(tmp_path):
    """With few descriptors left, connections may be refused, but nothing acknowledged is lost and it goes on afterwards."""
    import socket

    server = Opikd(tmp_path / "data", wrapper=["prlimit", "--nofile=64"])
    held = []
    try:
        known = write_some(server.api)
        for _ in range(120):
            with contextlib.suppress(OSError):
                held.append(socket.create_connection(("127.0.0.1", server.port), timeout=2))
        for connection in held:
            connection.close()
        more = write_some(server.api, 50, "after")
        assert missing(server.api, {**known, **more}) == []
        assert server.stop() == 0
    finally:
        server.kill()
    starts_and_holds(tmp_path / "data", {**known, **more})
