/** Entry of `pulumi up`: builds the bundles, then runs the program that `sluice:role` names. */
import { buildAll } from "../build/index.ts";
import { program } from "./program.ts";

await buildAll();
const outputs = await program();
export const sluice = outputs.sluice;
