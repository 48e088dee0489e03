// What the linter asks of the module's scripts. Copied beside its packages before use.
import js from "@eslint/js";
import globals from "globals";

export default [
    {
        ignores: ["**/static/lib/**"],
    },
    js.configs.recommended,
    {
        files: ["callcenter_outbound/static/**/*.js"],
        languageOptions: {
            ecmaVersion: 2024,
            sourceType: "module",
            globals: { ...globals.browser, JsSIP: "readonly", luxon: "readonly" },
        },
        linterOptions: { reportUnusedDisableDirectives: "error" },
        rules: {
            curly: "error",
            eqeqeq: ["error", "always", { null: "ignore" }],
            "no-console": "error",
            "no-restricted-syntax": [
                "error",
                {
                    selector: "CallExpression[callee.object.name=/^(test|describe)$/][callee.property.name=/^(only|debug)$/]",
                    message: "Left over from work on one test.",
                },
            ],
            "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
            "no-var": "error",
            "prefer-const": "error",
        },
    },
];
