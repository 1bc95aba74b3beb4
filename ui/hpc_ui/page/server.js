// The calls to the server. Addresses are relative, so each carries the token that this page was opened with.

export class Refusal extends Error {
  constructor(message, changed) {
    super(message);
    this.changed = changed;
  }
}

export async function call(name, body = {}) {
  const answer = await (await post(name, body)).json();
  return answer;
}

export async function download(body) {
  const answer = await post("download", body);
  return { name: `${decodeURIComponent(answer.headers.get("X-Name"))}.zip`, data: await answer.blob() };
}

async function post(name, body) {
  let answer;
  try {
    answer = await fetch(`api/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Refusal("hpc ui no longer answers. Is it still running in the terminal?");
  }
  if (answer.ok) return answer;
  const reason = await answer.json().catch(() => ({}));
  throw new Refusal(reason.error ?? `hpc ui answered ${answer.status}`, reason.stamp);
}
