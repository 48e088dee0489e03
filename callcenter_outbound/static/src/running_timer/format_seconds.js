/**
 * @param {number} total seconds
 * @returns {string} 02:47, or 1:02:47 from an hour on
 */
export function formatSeconds(total) {
    const seconds = Math.floor(total);
    const pad = (number) => String(number).padStart(2, "0");
    const minutes = Math.floor(seconds / 60);
    const rest = pad(seconds % 60);
    if (minutes < 60) {
        return `${pad(minutes)}:${rest}`;
    }
    return `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${rest}`;
}
