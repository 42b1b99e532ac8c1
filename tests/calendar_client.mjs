/* What another calendar reads: `node calendar_client.mjs < feed.ics` writes each event's instants, by the
   library that desktop and mail clients carry, from the zone that stands in the file itself. */
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const root = new ICAL.Component(ICAL.parse(readFileSync(0, "utf8")));
for (const zone of root.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
const events = root.getAllSubcomponents("vevent").map((each) => {
  const event = new ICAL.Event(each);
  const at = (time) => new Date(time.toUnixTime() * 1000).toISOString();
  return {
    uid: event.uid,
    start: at(event.startDate),
    end: at(event.endDate),
    status: each.getFirstPropertyValue("status"),
    sequence: event.sequence,
    summary: event.summary,
  };
});
process.stdout.write(JSON.stringify(events));
