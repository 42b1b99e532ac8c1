/* What the two pages load that are shown to others: the voucher and the card. */
import { turnCard } from "./card.ts";
import { keepShown } from "./offline.ts";
import { watchVoucher } from "./watch.ts";

watchVoucher();
turnCard();
keepShown();
