// Bundles JsSIP into one classic script and collects the licences of what is in it.
// Run by `npm ci && npm run build`; see README.md.
import {readFileSync, readdirSync, writeFileSync, mkdirSync} from "node:fs";
import {build} from "esbuild";

const OUT = new URL("../../callcenter_outbound/static/lib/jssip/", import.meta.url);
const version = JSON.parse(readFileSync("node_modules/jssip/package.json", "utf8")).version;

mkdirSync(OUT, {recursive: true});
const result = await build({
    entryPoints: ["entry.js"],
    outfile: new URL("jssip.min.js", OUT).pathname,
    bundle: true,
    minify: true,
    metafile: true,
    format: "iife",
    platform: "browser",
    target: "es2020",
    legalComments: "none",
    banner: {js: `/*! JsSIP ${version}, MIT; licences of all parts in LICENSE.txt */`},
});

const packages = new Set(
    Object.keys(result.metafile.inputs)
        .map((path) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1])
        .filter(Boolean)
);
const parts = [...packages].sort((a, b) => (b === "jssip") - (a === "jssip") || (a < b ? -1 : 1));
const licences = parts.map((name) => {
    const folder = `node_modules/${name}`;
    const info = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = readFileSync(`${folder}/${file}`, "utf8").trim();
    return `${name} ${info.version} (${info.license})\n${"=".repeat(72)}\n${text}\n`;
});
writeFileSync(new URL("LICENSE.txt", OUT), licences.join("\n\n"));
