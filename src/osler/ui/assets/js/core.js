// What every page has: partial updates, menus, dialogs, workspaces beside the chart, toasts, the palette, shortcuts.
import htmx from "htmx.org/dist/htmx.esm.min.js";
import "./parts/once.js";
import "./parts/menus.js";
import "./parts/dialogs.js";
import { arm, say, toast } from "./parts/toasts.js";
import { openWorkspace } from "./parts/workspace.js";
import "./parts/frame.js";
import "./palette.js";
import "./keys.js";

// Islands are bundles of their own; this is how they reach what is here.
globalThis.osler = { htmx, openWorkspace, say, toast };
arm();
