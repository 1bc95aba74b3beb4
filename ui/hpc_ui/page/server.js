// @ts-check
// The calls to the server. Addresses are relative, so each carries the token that this page was opened with.

export class Refusal extends Error {
  /** @param {string} message @param {string | null} [changed] */
  constructor(message, changed) {
    super(message);
    this.changed = changed;
  }
}

/** @param {string} name @param {object} [body] @returns {Promise<any>} */
export const call = async (name, body = {}) => (await post(name, body)).json();

/** @param {object} body */
export async function download(body) {
  const answer = await post("download", body);
  return { name: `${decodeURIComponent(answer.headers.get("X-Name") ?? "")}.zip`, data: await answer.blob() };
}

/** The answer as it is made. @param {string} name @param {object} body @param {(piece: string) => void} take */
export async function stream(name, body, take) {
  const reader = (await post(name, body)).body?.pipeThrough(new TextDecoderStream()).getReader();
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) take(piece.value);
}

/** @param {string} name @param {object} body */
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
