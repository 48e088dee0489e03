// JsSIP comes as modules; the web client loads it lazily as one classic script.
import JsSIP from "jssip";

window.JsSIP = JsSIP;
