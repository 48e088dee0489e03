import { _t } from "@web/core/l10n/translation";

/**
 * Say in words how the agent's phone is.
 *
 * @param {Object|false} extension what the PBX knows of the phone; false: the agent has none yet
 * @param {import("../services/phone_service").BrowserPhone} phone the phone in the browser
 * @returns {{tone: "ok"|"wait"|"bad", label: string, advice: string, canRetry: boolean}} `advice` is
 *  what to do, empty while there is nothing to do
 */
export function describePhone(extension, phone) {
    if (!extension) {
        return { tone: "wait", label: _t("No phone chosen"), advice: "", canRetry: false };
    }
    if (extension.phone === "browser") {
        return { advice: "", canRetry: false, ...describeBrowserPhone(extension, phone) };
    }
    return { advice: "", canRetry: false, ...describeSoftphone(extension) };
}

function describeSoftphone({ state, number }) {
    switch (state) {
        case "reachable":
            return { tone: "ok", label: _t("Phone OK") };
        case "unreachable":
            return {
                tone: "bad",
                label: _t("Phone unreachable"),
                advice: _t(
                    "Your phone %s is registered but does not answer the PBX: check that it is on and that its network works.",
                    number
                ),
            };
        default:
            return {
                tone: "bad",
                label: _t("Phone not registered"),
                advice: _t(
                    "Switch your phone on and register it as extension %s. This page follows by itself.",
                    number
                ),
            };
    }
}

function describeBrowserPhone(extension, phone) {
    switch (phone.state) {
        case "registered":
            if (extension.state === "reachable" || phone.call) {
                return { tone: "ok", label: _t("Phone OK") };
            }
            return { tone: "wait", label: _t("Phone registered, the PBX is checking it") };
        case "microphone":
            return { tone: "bad", label: _t("No microphone"), ...describeMicrophone(phone.error) };
        case "insecure":
            return {
                tone: "bad",
                label: _t("Phone not possible here"),
                advice: _t(
                    "The browser gives its microphone only to pages that come over HTTPS (or from this very machine). Open Odoo by its https:// address."
                ),
            };
        case "refused":
            return {
                tone: "bad",
                label: _t("Phone refused"),
                advice: _t(
                    "The PBX refused extension %s: its secret there is another. Tell your manager.",
                    extension.number
                ),
                canRetry: true,
            };
        case "failed":
            return {
                tone: "bad",
                label: _t("Phone failed"),
                advice: _t("The phone could not be started. Try again, then tell your manager."),
                canRetry: true,
            };
        case "lost":
            return {
                tone: "bad",
                label: _t("Phone disconnected"),
                advice: _t(
                    "The connection to the PBX is lost. The phone reconnects by itself; a call that is on goes on."
                ),
            };
        case "connecting":
            return { tone: "wait", label: _t("Phone connecting…") };
        case "starting":
            return {
                tone: "wait",
                label: _t("Phone starting…"),
                advice: _t("Allow the microphone if the browser asks for it."),
            };
        default:
            return { tone: "bad", label: _t("Phone off") };
    }
}

function describeMicrophone(error) {
    const advice = {
        refused: _t(
            "The browser may not use the microphone: click the icon beside the address, allow the microphone, and try again."
        ),
        absent: _t("No microphone was found: plug in your headset."),
        broken: _t(
            "The microphone can't be opened: another program may be using it. Free it and try again."
        ),
    };
    return { advice: advice[error], canRetry: true };
}
