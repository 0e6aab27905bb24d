// "Connect your app": what to write into a program so that it logs to this server, ready to copy.
//
//   <Connect projectName="checkout" />

import { useState } from 'react';
import { useStored } from '@/lib/storage';
import { CopyButton } from './copy';

interface Way {
  name: string;
  install: string;
  program: (api: string, project: string) => string;
}

const quote = (text: string) => JSON.stringify(text);

const WAYS: Way[] = [
  {
    name: 'Python',
    install: 'pip install opik',
    program: (api, project) => `import os

os.environ["OPIK_URL_OVERRIDE"] = ${quote(`${api}/`)}
os.environ["OPIK_PROJECT_NAME"] = ${quote(project)}

import opik

@opik.track
def answer(question: str) -> str:
    return "42"

answer("What is six times seven?")`,
  },
  {
    name: 'TypeScript',
    install: 'npm install opik',
    program: (api, project) => `import { Opik } from "opik";

const client = new Opik({ apiUrl: ${quote(api)}, projectName: ${quote(project)} });
const trace = client.trace({ name: "answer", input: { question: "What is six times seven?" } });
trace.update({ output: { answer: "42" }, endTime: new Date() });
await client.flush();`,
  },
  {
    name: 'C++',
    install: 'find_package(opik CONFIG REQUIRED)  # target_link_libraries(app opik::opik)',
    program: (api, project) => `#include <opik/opik.h>

int main() {
  opik::Client client{{.url_override = ${quote(`${api}/`)}, .project_name = ${quote(project)}}};
  opik::Trace trace = client.trace({.name = "answer", .input = {{"question", "What is six times seven?"}}});
  trace.end({.output = {{"answer", "42"}}});
  client.flush();
}`,
  },
  {
    name: 'OpenTelemetry',
    install: 'pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http',
    program: (api, project) => `export OTEL_EXPORTER_OTLP_ENDPOINT=${quote(`${api}/v1/private/otel`)}
export OTEL_EXPORTER_OTLP_HEADERS=${quote(`projectName=${encodeURIComponent(project)}`)}
export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`,
  },
  {
    name: 'curl',
    install: '',
    program: (api, project) => `curl ${api}/v1/private/traces -H 'Content-Type: application/json' -d '${JSON.stringify({
      project_name: project,
      name: 'answer',
      start_time: new Date(Math.floor(Date.now() / 1000) * 1000).toISOString(),
      input: { question: 'What is six times seven?' },
      output: { answer: '42' },
    }).replace(/'/g, "'\\''")}'`,
  },
];

export function Connect({ projectName = 'Default Project' }: { projectName?: string }) {
  const [chosen, setChosen] = useStored('connect', WAYS[0]!.name);
  const [api] = useState(() => `${location.origin}/api`);
  const way = WAYS.find((one) => one.name === chosen) ?? WAYS[0]!;
  const program = way.program(api, projectName);
  return (
    <div className="connect">
      <div className="choices" role="group" aria-label="Language">
        {WAYS.map((one) => (
          <button key={one.name} className="choice" aria-pressed={one === way} onClick={() => setChosen(one.name)}>
            {one.name}
          </button>
        ))}
      </div>
      {way.install && <Snippet text={way.install} what="the install command" />}
      <Snippet text={program} what="the program" />
    </div>
  );
}

function Snippet({ text, what }: { text: string; what: string }) {
  return (
    <div className="snippet">
      <pre tabIndex={0} aria-label={what}>
        {text}
      </pre>
      <CopyButton what={what} text={text} />
    </div>
  );
}
