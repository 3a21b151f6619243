package io.tricolor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.tricolor.cli.StubService.Request;
import io.tricolor.cli.Typed.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Templates, freeze windows and configuration as documents. */
class DeclaredTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String TEMPLATE_PATH = "/api/groups/shop/templates/careful";
    private static final String CONFIG_PATH = "/api/config/shop/prod/main";

    private static final String PLAN = """
            {"mode":"GRAYSCALE","stages":[
              {"name":"friends","rule":{"all":false,"ids":["1","2"],"intervals":[["600","700"]]},
               "gates":[{"type":"approval","name":"approval","approvals":1}]},
              {"name":"some","rule":{"all":false,"ids":[],"intervals":[],"percent":5},"deadline":"PT1H","onFail":"PAUSE",
               "gates":[{"type":"bake","name":"bake","time":"PT10M"},
                 {"type":"metric","name":"errors","measure":"ERRORS","toleratedRatio":1.25,"alpha":0.01,
                  "minimumRequests":100,"watch":false},
                 {"type":"schedule","name":"office","within":[
                   {"days":["MONDAY"],"from":"09:00","to":"17:00","zone":"Europe/Berlin"}]},
                 {"type":"webhook","name":"ask","url":"https://gates.example/ask"}]}],
             "policy":{"startTimeout":"PT5M","routeTimeout":"PT1M","drainTimeout":"PT1M","stopTimeout":"PT2M",
              "onExpiry":"PAUSE"}}""";
    private static final String TEMPLATE = """
            {"groupId":"shop","name":"careful","version":3,"setBy":"olivia","reason":"x","at":"2026-11-29T10:00:00Z",
             "template":%s}""".formatted(PLAN);
    private static final String FREEZES = """
            {"version":7,"windows":[
             {"inForce":false,"over":true,"window":{"name":"gone","from":"2026-11-01T00:00:00Z","until":"2026-11-02T00:00:00Z",
              "weekly":[],"reason":"was"}},
             {"inForce":true,"over":false,"until":"2026-11-29T18:00:00Z","window":{"name":"incident","groupId":"shop",
              "from":"2026-11-29T10:00:00Z","until":"2026-11-29T18:00:00Z","weekly":[],"reason":"logins fail"}},
             {"inForce":false,"over":false,"window":{"name":"nights","environment":"prod","weekly":[
              {"days":["FRIDAY","MONDAY"],"from":"18:00","to":"08:00","zone":"Europe/Berlin"}],"reason":"nobody is there"}}]}""";
    private static final String CURRENT = """
            {"revision":{"namespace":"shop/prod/main","revision":4},
             "document":{"format":"yaml","text":"# prices\\npricing:\\n  currency: EUR\\n"},
             "properties":{"pricing.currency":"EUR"},"files":{"nginx/site.conf":"listen 80;\\n"}}""";
    private static final String SAME = "{\"from\":4,\"to\":5,\"added\":{},\"removed\":{},\"changed\":{}}";

    @TempDir
    Path home;

    private final StubService stub = new StubService();

    @BeforeEach
    void hasAGroupWithATemplateWindowsAndConfiguration() {
        stub.recorded("GET /api/groups/shop", "group-gate", "ETag", "\"14\"")
                .on("GET /api/groups", 200, "{\"groups\":[{\"groupId\":\"shop\"}],\"next\":null}")
                .on("GET /api/groups/shop/templates", 200, "{\"templates\":[" + TEMPLATE + "]}")
                .on("GET " + TEMPLATE_PATH, 200, TEMPLATE, "ETag", "\"3\"")
                .on("PUT " + TEMPLATE_PATH + "?dryRun=true", 200, dry(PLAN, 3))
                .on("GET /api/freezes", 200, FREEZES)
                .on("GET /api/config", 200, "{\"namespaces\":[{\"namespace\":\"shop/prod/main\"}],\"next\":null}")
                .on("GET " + CONFIG_PATH + "/revisions/current", 200, CURRENT, "ETag", "\"4\"")
                .on("POST " + CONFIG_PATH + "/comparison", 200, SAME);
    }

    @AfterEach
    void close() {
        stub.close();
    }

    private static String dry(String plan, int version) {
        return "{\"name\":\"careful\",\"version\":" + version + ",\"changed\":true,\"template\":" + plan + "}";
    }

    private Run run(String... words) {
        return Typed.at(stub, home).run(words);
    }

    private String export(String... words) {
        String[] all = new String[words.length + 1];
        all[0] = "export";
        System.arraycopy(words, 0, all, 1, words.length);
        Run run = run(all);
        assertThat(run.code()).as(run.err()).isZero();
        return run.out();
    }

    private String file(String text) throws IOException {
        return Files.writeString(home.resolve("shop.yaml"), text).toString();
    }

    private Run diff(String text) throws IOException {
        return run("diff", "--check", "-f", file(text));
    }

    private Run apply(String text, String... more) throws IOException {
        String[] all = new String[more.length + 3];
        all[0] = "apply";
        all[1] = "-f";
        all[2] = file(text);
        System.arraycopy(more, 0, all, 3, more.length);
        return run(all);
    }

    private Request sent(String line) {
        return stub.requests(line).getLast();
    }

    @Test
    void changes_nothing_by_applying_all_that_was_exported() throws IOException {
        String all = export("shop", "--templates", "--freezes", "--config");
        assertThat(all)
                .contains("kind: ClusterGroup", "kind: PlanTemplate", "kind: FreezeCalendar", "kind: Configuration")
                .contains("yaml: |", "  # prices")
                .doesNotContain("gone");
        assertThat(diff(all).code()).as("the answer of --check").isZero();
        Run applied = apply(all);
        assertThat(applied.code()).as(applied.err()).isZero();
        assertThat(applied.out().lines())
                .containsExactly(
                        "Group shop: nothing to change.",
                        "Template careful of shop: nothing to change.",
                        "Freeze calendar: nothing to change.",
                        "Configuration shop/prod/main: nothing to change.");
        assertThat(stub.requests())
                .as("nothing but questions")
                .allMatch(one -> one.line().startsWith("GET ")
                        || one.line().endsWith("?dryRun=true")
                        || one.line().endsWith("/comparison"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    template | --templates | GRAYSCALE   | GREY
                    freeze   | --freezes   | MONDAY      | MONTAG
                    config   | --config    | '"yaml"'    | '"yml"'
                    """)
    void writes_documents_that_the_schema_knows(String kind, String option, String right, String wrong) {
        JsonNode document = JSON.readTree(export(option, "--json")).path(0);
        var known = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(run("schema", "--kind", kind).out(), InputFormat.JSON);
        assertThat(known.validate(document.toString(), InputFormat.JSON)).isEmpty();
        assertThat(document.toString()).contains(right);
        assertThat(known.validate(document.toString().replace(right, wrong), InputFormat.JSON))
                .isNotEmpty();
        assertThat(run("schema", "--kind", "any").out())
                .contains(document.path("kind").asString(""));
    }

    @Test
    void shows_and_writes_what_differs_of_a_template_on_the_version_that_was_read() throws IOException {
        String changed = PLAN.replace("\"percent\":5", "\"percent\":10").replace("PT10M", "PT20M");
        String document = """
                apiVersion: tricolor/v1
                kind: PlanTemplate
                group: shop
                name: careful
                mode: GRAYSCALE
                stages:
                - {name: friends, rule: {ids: [1, 2], intervals: [[600, 700]]}, approval: true}
                - {name: some, rule: {percent: 10}, bakeTime: PT20M}
                """;
        try (StubService other = new StubService()) {
            other.on("GET " + TEMPLATE_PATH, 200, TEMPLATE, "ETag", "\"3\"")
                    .on("PUT " + TEMPLATE_PATH + "?dryRun=true", 200, dry(changed, 4))
                    .on("PUT " + TEMPLATE_PATH, 200, dry(changed, 4), "ETag", "\"4\"");
            String file = file(document);
            Run diff = Typed.at(other, home).run("diff", "-f", file);
            assertThat(diff.out().lines())
                    .containsExactly(
                            "Template careful of shop:",
                            "  ~ stages[1].rule.percent: 5 -> 10",
                            "  ~ stages[1].gates[0].time: \"PT10M\" -> \"PT20M\"");
            Run applied = Typed.at(other, home).run("apply", "-f", file, "--reason", "slower");
            assertThat(applied.code()).as(applied.err()).isZero();
            Request sent = other.requests("PUT").getLast();
            assertThat(sent.line()).endsWith(TEMPLATE_PATH);
            assertThat(sent.headers()).containsEntry("if-match", "\"3\"");
            JsonNode body = JSON.readTree(sent.body());
            assertThat(body.path("reason").asString()).isEqualTo("slower");
            assertThat(body.at("/stages/1/bakeTime").asString()).isEqualTo("PT20M");
            assertThat(body.has("group") || body.has("kind") || body.has("version"))
                    .isFalse();
        }
    }

    @Test
    void makes_a_template_that_is_not_there_and_nothing_in_place_of_one_that_came_meanwhile() throws IOException {
        String document = """
                apiVersion: tricolor/v1
                kind: PlanTemplate
                group: shop
                name: fast
                mode: SWITCH
                """;
        String path = "/api/groups/shop/templates/fast";
        stub.problem("GET " + path, 404, "TEMPLATE_NOT_FOUND", "shop has no template fast")
                .on("PUT " + path + "?dryRun=true", 200, dry("{\"mode\":\"SWITCH\",\"stages\":[]}", 1))
                .problem("PUT " + path, 412, "VERSION_MISMATCH", "template fast is at version 1, not 0");
        assertThat(diff(document).out()).contains("+ template fast of shop: {");
        Run run = apply(document);
        assertThat(run.code()).isEqualTo(5);
        assertThat(sent("PUT " + path).headers()).containsEntry("if-match", "\"0\"");
        assertThat(run.err())
                .contains(
                        "template fast is at version 1, not 0 (412): somebody else has changed template fast of shop");
    }

    @Test
    void changes_the_calendar_window_by_window_and_lifts_only_when_it_is_asked_to() throws IOException {
        String document = """
                apiVersion: tricolor/v1
                kind: FreezeCalendar
                version: 7
                windows:
                  nights:
                    environment: prod
                    weekly:
                    - {days: [MONDAY, FRIDAY], from: '18:00', to: '08:00', zone: Europe/Berlin}
                    reason: nobody is there
                  incident: {group: shop, until: '2026-11-29T20:00:00+01:00', reason: logins fail}
                  holidays: {from: '2026-12-24T00:00:00Z', until: '2026-12-27T00:00:00Z', reason: holidays}
                  past: {from: '2026-11-01T00:00:00Z', until: '2026-11-02T00:00:00Z', reason: long ago}
                """;
        Run diff = diff(document);
        assertThat(diff.code()).isEqualTo(5);
        assertThat(diff.out().lines())
                .as("order of days, zone of an instant and what is over make no difference")
                .hasSize(3)
                .anyMatch(line -> line.startsWith("  + windows.holidays: "))
                .anyMatch(line -> line.startsWith("  ~ windows.incident: "));
        stub.on("POST /api/freezes", 201, "{}", "ETag", "\"8\"")
                .on("PUT /api/freezes/incident", 200, "{}", "ETag", "\"9\"");
        assertThat(apply(document).code()).isZero();
        assertThat(sent("POST /api/freezes").headers()).containsEntry("if-match", "\"7\"");
        assertThat(sent("PUT /api/freezes/incident").headers()).containsEntry("if-match", "\"8\"");
        assertThat(JSON.readTree(sent("PUT /api/freezes/incident").body())
                        .path("groupId")
                        .asString())
                .isEqualTo("shop");

        String without = document.replaceAll("(?m)^  incident.*\n", "");
        Run refused = apply(without);
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err())
                .contains("there is a freeze window incident that the document does not name", "--prune");
        stub.on("DELETE /api/freezes/incident", 204, "", "ETag", "\"9\"");
        assertThat(apply(without, "--prune").code()).isZero();
        assertThat(stub.requests("DELETE /api/freezes/incident")).hasSize(1);

        Run old = apply(document.replace("version: 7", "version: 5"));
        assertThat(old.code()).isEqualTo(5);
        assertThat(old.err())
                .contains("shop.yaml:3:1: freeze calendar was at version 5 when this was exported and is at 7 now");
    }

    @Test
    void publishes_configuration_on_the_revision_that_was_read_or_writes_a_draft() throws IOException {
        String document = """
                apiVersion: tricolor/v1
                kind: Configuration
                namespace: shop/prod/main
                revision: 4
                yaml: |
                  # prices
                  pricing:
                    currency: CHF
                """;
        String differs =
                SAME.replace("\"changed\":{}", "\"changed\":{\"pricing.currency\":{\"from\":\"EUR\",\"to\":\"CHF\"}}");
        try (StubService other = new StubService()) {
            other.on("GET " + CONFIG_PATH + "/revisions/current", 200, CURRENT, "ETag", "\"4\"")
                    .on("POST " + CONFIG_PATH + "/comparison", 200, differs)
                    .problem("POST " + CONFIG_PATH + "/revisions", 409, "DRAFT_REQUIRED", "in prod one writes a draft")
                    .on("PUT " + CONFIG_PATH + "/draft", 200, "{}");
            String file = file(document);
            assertThat(Typed.at(other, home).run("diff", "-f", file).out())
                    .contains("~ pricing.currency: \"EUR\" -> \"CHF\"");
            Run refused = Typed.at(other, home).run("apply", "-f", file);
            assertThat(refused.code()).isEqualTo(5);
            assertThat(refused.err()).contains("--draft writes it as one");
            assertThat(other.requests("POST " + CONFIG_PATH + "/revisions")
                            .getLast()
                            .headers())
                    .containsEntry("if-match", "\"4\"");
            assertThat(Typed.at(other, home).run("apply", "--draft", "-f", file).code())
                    .isZero();
            JsonNode draft = JSON.readTree(other.requests("PUT").getLast().body());
            assertThat(draft.path("base").asLong()).isEqualTo(4);
            assertThat(draft.path("yaml").asString()).startsWith("# prices\n");
        }
    }

    @Test
    void does_not_export_what_is_masked() {
        String path = "GET /api/config/secret/prod/main/revisions/current";
        stub.on(path, 200, "{\"revision\":{\"revision\":1},\"properties\":{\"db.password\":\"******\"},\"files\":{}}");
        Run run = run("export", "--config", "secret/prod");
        assertThat(run.code()).isEqualTo(5);
        assertThat(run.err()).contains("secret/prod has values that are masked for you", "config-editor");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    mode: GRAYSCALE       | mode: GREY            | mode is one of GRAYSCALE, SWITCH, ROLLING
                    time: PT10M           | time: 10m             | stages[1].gates[0].time does not look like
                    type: bake            | type: baking          | stages[1].gates[0] has a type: approval or bake
                    percent: 5            | percent: 500          | stages[1].rule.percent must be at most 100
                    onFail: PAUSE         | onFails: PAUSE        | stages[1].onFails is not known; there are
                    until: '2026-11-29T18 | until: '2026-13-29T18 | windows.incident.until is no instant
                    reason: logins fail   | because: logins fail  | windows.incident lacks reason
                    namespace: shop/prod  | namespace: shop       | namespace does not look like
                    `yaml: |`             | `properties: {a: b}\nyaml: |` | properties stands beside yaml
                    kind: PlanTemplate    | kind: Template        | this is no document with
                    """)
    void names_line_and_column_of_what_is_wrong(String right, String wrong, String said) throws IOException {
        String exported = export("shop", "--templates", "--freezes", "--config");
        String document = exported.replace(
                right.equals("namespace: shop/prod") ? "namespace: shop/prod/main" : right, wrong.replace("\\n", "\n"));
        assertThat(document).isNotEqualTo(exported);
        int before = stub.requests().size();
        Run run = apply(document);
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains(said).containsPattern("shop\\.yaml:[0-9]+:[0-9]+: ");
        assertThat(stub.requests()).as("nothing is asked before all is read").hasSize(before);
    }
}
