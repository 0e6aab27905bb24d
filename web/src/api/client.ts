// Talks to the server that sent this page.
//
//   const page = await get<Page<Project>>('/v1/private/projects', { page: 1, size: 100 });
//
// Errors: ApiError with a message for people, whichever of the server's shapes it came in.

export type Query = Record<string, string | number | boolean | null | undefined>;

export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number, // 0: no answer at all
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export function url(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return `/api${path}${text && `?${text}`}`;
}

// {"errors": ["…"]}, {"errors": […], "rejected": […]}, {"code": 404, "message": "…"}, or whatever a proxy wrote.
export function messageOf(status: number, text: string): string {
  try {
    const body = JSON.parse(text) as { errors?: unknown; message?: unknown };
    if (Array.isArray(body.errors) && body.errors.length > 0) return body.errors.map(String).join('; ');
    if (typeof body.message === 'string' && body.message !== '') return body.message;
  } catch {
    // not JSON
  }
  if (status === 429) return 'The server is busy. Try again in a moment.';
  if (status >= 500) return `The server failed (${status}). Its log says more.`;
  return `The server answered ${status}.`;
}

export async function request(path: string, init: RequestInit = {}, query?: Query): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url(path, query), init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError('The server cannot be reached. Is opikd running?', 0);
  }
  if (response.ok) return response;
  throw new ApiError(messageOf(response.status, await response.text()), response.status);
}

export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return (await request(path, { signal }, query)).json() as Promise<T>;
}

// POST, PUT, PATCH or DELETE. The answer's JSON, or nothing if it has none.
export async function send<T = void>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const init: RequestInit = { method, signal };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { 'Content-Type': 'application/json' };
  }
  const text = await (await request(path, init)).text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}
