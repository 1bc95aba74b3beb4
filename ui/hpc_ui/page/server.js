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

/** Calls that change something: they may have arrived even where no answer came. */
const ONCE = new Set(["save", "run", "stop", "mlflow", "ask"]);
const TRIES = 4;
const PAUSE = 250;

/** A browser drops requests when the network changes, even those to its own machine. @param {string} name @param {object} body */
async function answered(name, body) {
  const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  for (let left = ONCE.has(name) ? 1 : TRIES; left > 0; left -= 1) {
    try {
      return await fetch(`api/${name}`, request);
    } catch {
      if (left > 1) await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
    }
  }
  throw new Refusal("hpc ui no longer answers. Is it still running in the terminal?");
}

/** @param {string} name @param {object} body */
async function post(name, body) {
  const answer = await answered(name, body);
  if (answer.ok) return answer;
  const reason = await answer.json().catch(() => ({}));
  throw new Refusal(reason.error ?? `hpc ui answered ${answer.status}`, reason.stamp);
}
