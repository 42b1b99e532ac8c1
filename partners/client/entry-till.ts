/* The till's pages. Each works without this file, by plain forms; with it nothing is loaded twice. */

import { keepAwake } from "../../web/client/awake.ts";
import { groupCodes } from "../../web/client/codes.ts";
import { sendOnce } from "../../web/client/send-once.ts";
import { startScanner } from "./scanner.ts";

startScanner();
sendOnce(); // after the scanner: what it sends itself is taken from this
groupCodes();
keepAwake();
