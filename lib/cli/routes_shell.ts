/** What a shell and man(1) are given; part of the table in `routes.ts`. */
import type { Command } from "@stricli/core";
import { SHELLS } from "./completion/shells.ts";
import { type AppContext, define, exactly } from "./command.ts";

export const shellRoutes: Readonly<Record<"completions" | "man", Command<AppContext>>> = {
  completions: define({
    brief: "What a shell needs to complete commands, flags, settings, services and backups",
    examples: [
      "source <(rxdx-setup completions bash)",
      "rxdx-setup completions bash > /etc/bash_completion.d/rxdx-setup",
      "rxdx-setup completions zsh > /usr/local/share/zsh/site-functions/_rxdx-setup",
      "rxdx-setup completions fish > /etc/fish/completions/rxdx-setup.fish",
    ],
    more:
      "What is offered is asked of rxdx-setup at every Tab: it reads rxdx.yml and the names of backups in\n" +
      "the install directory (--dir and RXDX_DIR count), asks neither Docker nor the network, and says\n" +
      "nothing when it cannot. install.sh has put these files where the shells look for them.",
    positional: exactly(["SHELL", SHELLS.join(", "), SHELLS]),
    load: () => import("./commands/completions.ts"),
  }),
  man: define({
    brief: "The manual page, for man(1)",
    examples: [
      "rxdx-setup man | man -l -",
      "rxdx-setup man > /usr/local/share/man/man1/rxdx-setup.1",
    ],
    more: "install.sh has put it where man(1) looks: man rxdx-setup",
    load: () => import("./commands/man.ts"),
  }),
};
