/** Who can open backups is no matter of versions: a key that was revoked since must not come back with the files. */
import { changeDocument } from "../../answers/document_change.ts";
import { SetupError } from "../../errors.ts";
import { readConfiguration } from "../install.ts";

/**
 * A text of rxdx.yml with the `backups.recipients` of another one. As it is where they are the same, and where one
 * of the two cannot be read: it may be of another version of rxdx-setup.
 *
 * @param present the rxdx.yml of now
 */
export function withRecipients(text: string, present: string): string {
  try {
    const { answers } = readConfiguration(text);
    const { recipients } = readConfiguration(present).answers.backups;
    const then = answers.backups.recipients;
    const same = then.length === recipients.length &&
      then.every((each, index) => each === recipients[index]);
    if (same) return text;
    return changeDocument(text, { ...answers, backups: { ...answers.backups, recipients } });
  } catch (error) {
    if (error instanceof SetupError) return text;
    throw error;
  }
}
