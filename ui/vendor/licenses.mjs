// The notices of everything in the bundle, one file beside it.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const bundled = Object.keys(lock.packages).filter((path) => path && !/esbuild|biome|typescript|lezer\/lr/.test(path)).sort();
const notices = bundled.map((path) => {
  const file = readdirSync(path).find((name) => /^licen[cs]e/i.test(name));
  const { name, version, license } = JSON.parse(readFileSync(`${path}/package.json`, "utf8"));
  return `${name} ${version} (${license})\n\n${readFileSync(`${path}/${file}`, "utf8").trim()}\n`;
});
writeFileSync("../hpc_ui/page/LICENSES.txt", notices.join(`\n${"-".repeat(78)}\n\n`));
