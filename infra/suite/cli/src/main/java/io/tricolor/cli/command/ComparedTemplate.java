package io.tricolor.cli.command;

import io.tricolor.cli.CliFailed;
import io.tricolor.cli.document.Change;
import io.tricolor.cli.document.TemplateDocument;
import io.tricolor.cli.http.Api;
import io.tricolor.cli.http.Paths;
import io.tricolor.cli.http.Service;
import io.tricolor.cli.text.YamlText;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A template of plans. What a document means is said by strategy-service, which fills in what is left out.
 *
 * @param version that there is, 0: none
 */
record ComparedTemplate(YamlText.Document source, TemplateDocument wanted, long version, List<Change> changes)
        implements Compared {

    static ComparedTemplate of(Api api, YamlText.Document source, TemplateDocument wanted) throws InterruptedException {
        JsonNode present = present(api, wanted);
        ObjectNode body = wanted.body().put("reason", "what would it be");
        JsonNode meant;
        try {
            meant = api.ask(Service.STRATEGY, "PUT", Paths.query(path(wanted), Map.of("dryRun", true)), body)
                    .body();
        } catch (CliFailed e) {
            if (present == null && e.code().equals("GROUP_NOT_FOUND")) {
                // The group may be in the same file.
                return new ComparedTemplate(source, wanted, 0, List.of(Change.creation(wanted)));
            }
            throw UpgradeCommands.located(e, source);
        }
        if (present == null) {
            return new ComparedTemplate(source, wanted, 0, List.of(Change.creation(wanted)));
        }
        return new ComparedTemplate(
                source,
                wanted,
                present.path("version").asLong(0),
                TemplateDocument.between(present.path("template"), meant.path("template")));
    }

    private static @Nullable JsonNode present(Api api, TemplateDocument wanted) throws InterruptedException {
        try {
            return api.get(Service.STRATEGY, path(wanted)).body();
        } catch (CliFailed e) {
            if (e.code().equals("TEMPLATE_NOT_FOUND") || e.code().equals("GROUP_NOT_FOUND")) {
                return null;
            }
            throw e;
        }
    }

    private static String path(TemplateDocument wanted) {
        return Paths.api("groups", wanted.group(), "templates", wanted.template());
    }

    @Override
    public void check(Terms terms) {
        if (version > 0) {
            terms.unchanged(this, "version", version, "`tricolor template show` shows what it is now");
        }
    }

    @Override
    public void apply(Terms terms) throws InterruptedException {
        ObjectNode body = wanted.body().put("reason", terms.because(source));
        try {
            terms.api().command(Service.STRATEGY, "PUT", path(wanted), body, String.valueOf(version), null);
        } catch (CliFailed e) {
            throw Compared.raced(
                    UpgradeCommands.located(e, source),
                    "template " + wanted.template() + " of " + wanted.group(),
                    "`tricolor template show " + wanted.group() + " " + wanted.template() + "` shows it");
        }
    }
}
