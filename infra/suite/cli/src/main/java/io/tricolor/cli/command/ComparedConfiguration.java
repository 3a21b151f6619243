package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.document.Change;
import io.tricolor.cli.document.ConfigurationDocument;
import io.tricolor.cli.http.Api;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.YamlText;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The content of a namespace.
 *
 * @param revision that is current, 0: none
 */
record ComparedConfiguration(
        YamlText.Document source, ConfigurationDocument wanted, long revision, List<Change> changes)
        implements Compared {

    static ComparedConfiguration of(Api api, YamlText.Document source, ConfigurationDocument wanted)
            throws InterruptedException {
        JsonNode current = current(api, wanted);
        try {
            JsonNode comparison = api.ask(Service.CONFIG, path(wanted, "comparison"), wanted.body())
                    .body();
            return new ComparedConfiguration(
                    source,
                    wanted,
                    current == null
                            ? 0
                            : current.path("revision").path("revision").asLong(0),
                    wanted.changes(current, comparison));
        } catch (CliFailed e) {
            throw UpgradeCommands.located(e, source);
        }
    }

    private static @Nullable JsonNode current(Api api, ConfigurationDocument wanted) throws InterruptedException {
        try {
            return api.get(Service.CONFIG, path(wanted, "revisions", "current")).body();
        } catch (CliFailed e) {
            if (e.code().equals("NAMESPACE_NOT_FOUND")) {
                return null;
            }
            throw e;
        }
    }

    private static String path(ConfigurationDocument wanted, String... more) {
        return ConfigCommands.pathOf(wanted.name(), more);
    }

    @Override
    public void check(Terms terms) {
        if (revision > 0) {
            terms.unchanged(
                    this,
                    "revision",
                    revision,
                    "`tricolor config diff " + wanted.name() + " " + wanted.version() + " " + revision
                            + "` shows what came in between");
        }
    }

    @Override
    public void apply(Terms terms) throws InterruptedException {
        ObjectNode body = wanted.body();
        try {
            if (terms.asDraft()) {
                if (revision > 0) {
                    body.put("base", revision);
                }
                terms.api().command(Service.CONFIG, "PUT", path(wanted, "draft"), body);
            } else {
                body.put("reason", terms.because(source));
                terms.api()
                        .command(
                                Service.CONFIG,
                                "POST",
                                path(wanted, "revisions"),
                                body,
                                String.valueOf(revision),
                                null);
            }
        } catch (CliFailed e) {
            if (e.code().equals("DRAFT_REQUIRED")) {
                throw e.explained(
                        String.valueOf(e.getMessage()),
                        "--draft writes it as one; somebody else publishes it by `tricolor config draft publish "
                                + wanted.name() + "`");
            }
            throw Compared.raced(
                    UpgradeCommands.located(e, source),
                    wanted.name(),
                    "`tricolor config history " + wanted.name() + "` shows what");
        }
    }
}
