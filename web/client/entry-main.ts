/* What every page loads. Each behaviour only adds to a page that works without it. */
import "htmx.org/dist/htmx.min.js";
import { keepAwake } from "./awake.ts";
import { groupCodes } from "./codes.ts";
import { openDialogs } from "./dialogs.ts";
import { offerFullscreen } from "./fullscreen.ts";
import { watchKeys } from "./keys.ts";
import { followColleagues } from "./live.ts";
import { forgetWhenSignedOut } from "./offline.ts";
import { offerPasskeys } from "./passkeys.ts";
import { offerPrint } from "./print.ts";
import { offerPush } from "./push.ts";
import { walkRows } from "./rows.ts";
import { sendOnce } from "./send-once.ts";

sendOnce();
groupCodes();
openDialogs();
watchKeys();
walkRows();
offerFullscreen();
keepAwake();
forgetWhenSignedOut();
offerPasskeys();
offerPrint();
offerPush();
followColleagues();
