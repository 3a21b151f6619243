package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.document.Change;
import io.tricolor.cli.document.FreezeDocument;
import io.tricolor.cli.http.Api;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.YamlText;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The freeze windows.
 *
 * @param version of the calendar, for If-Match; null: there was never a window
 */
record ComparedFreezes(
        YamlText.Document source,
        FreezeDocument wanted,
        @Nullable Long version,
        List<Change> changes) implements Compared {

    static ComparedFreezes of(Api api, YamlText.Document source, FreezeDocument wanted, Instant now)
            throws InterruptedException {
        JsonNode list = api.get(Service.STRATEGY, Paths.api("freezes")).body();
        FreezeDocument present = FreezeDocument.of(list, true);
        return new ComparedFreezes(source, wanted, present.version(), wanted.changesFrom(present, now));
    }

    private static String window(Change change) {
        return change.path().substring("windows.".length());
    }

    @Override
    public void check(Terms terms) {
        if (version != null) {
            terms.unchanged(this, "version", version, "`tricolor diff` shows how it differs");
        }
        for (Change change : changes) {
            if (change.after().isMissingNode() && !terms.prune()) {
                throw CliFailed.usage(
                        source.place("windows") + ": there is a freeze window " + window(change)
                                + " that the document does not name",
                        "name it, or lift it by --prune");
            }
        }
    }

    @Override
    public void apply(Terms terms) throws InterruptedException {
        String seen = version == null ? null : String.valueOf(version);
        try {
            for (Change change : changes) {
                String name = window(change);
                String path = Paths.api("freezes", name);
                if (change.after().isMissingNode()) {
                    seen = send(
                            terms, "DELETE", Paths.query(path, Map.of("reason", terms.because(source))), null, seen);
                } else if (change.before().isMissingNode()) {
                    // To set a new one takes an operator, to change one an admin.
                    seen = send(terms, "POST", Paths.api("freezes"), wanted.body(name), seen);
                } else {
                    seen = send(terms, "PUT", path, wanted.body(name), seen);
                }
            }
        } catch (CliFailed e) {
            throw Compared.raced(
                    UpgradeCommands.located(e, source), "the freeze calendar", "`tricolor freeze list` shows it");
        }
    }

    private static @Nullable String send(
            Terms terms, String method, String path, @Nullable JsonNode body, @Nullable String seen)
            throws InterruptedException {
        return terms.api()
                .command(Service.STRATEGY, method, path, body, seen, null)
                .version();
    }
}
