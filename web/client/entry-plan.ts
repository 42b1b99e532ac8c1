/* The staff's plan alone. */
import { moveOnPlan } from "./planning.ts";

moveOnPlan();
