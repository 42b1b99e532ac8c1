/* The scan loop of the counter. Each scan is a page without this file. */
import { startLoop } from "./loop.ts";

startLoop();
