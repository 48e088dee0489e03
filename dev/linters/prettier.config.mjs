// How scripts, styles and views are laid out. Copied beside its packages before use.
import { createRequire } from "node:module";

export default {
    plugins: [createRequire(import.meta.url).resolve("@prettier/plugin-xml")],
    printWidth: 100,
    tabWidth: 4,
    trailingComma: "es5",
    overrides: [
        {
            files: "*.xml",
            options: {
                xmlWhitespaceSensitivity: "preserve",
            },
        },
    ],
};
