package io.tricolor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.cli.StubService.Request;
import io.tricolor.cli.Typed.Run;
import io.tricolor.cli.text.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Each command with answers that real services have given. */
class CommandsTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir
    Path home;

    private final StubService stub = new StubService();

    @AfterEach
    void close() {
        stub.close();
    }

    private Run run(String... words) {
        return Typed.at(stub, home).run(words);
    }

    private StubService all() {
        return stub.recorded("GET /api/groups", "groups")
                .recorded("GET /api/groups/shop", "group-gate", "ETag", "\"14\"")
                .recorded("GET /api/groups/shop/upgrades", "upgrades")
                .recorded("GET /api/groups/shop/rollback-points", "points")
                .recorded("GET /api/groups/shop/history", "history")
                .recorded("GET /api/routers", "routers")
                .recorded("GET /api/groups/shop/routers", "group-routers")
                .recorded("GET /api/route-tables/shop", "table")
                .recorded("GET /api/config", "config-list")
                .recorded("GET /api/config/shop/prod/main/revisions/current", "config-current", "ETag", "\"3\"")
                .recorded("GET /api/config/shop/prod/main/revisions", "config-history")
                .recorded("GET /api/config/shop/prod/main/diff", "config-diff")
                .recorded("GET /api/requests", "requests")
                .recorded("GET /api/audit", "audit")
                .recorded("GET /api/audit/completeness", "completeness")
                .recorded("GET /api/groups/shop/upgrades/up-2d3e2d79-1370-4684-88a9-73bb33c51e83", "upgrade-gate");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
                    group list; shop   shop         demo         A GREEN 1.0.0 · B RED
                    group show shop; B        YELLOW  ids 1, 2, 600–700  2.0.0    web 2/2
                    group show shop; waits for:   approval of stage friends: nobody has approved yet
                    group show shop; entry:       /shop to web
                    cluster list shop; A        GREEN   everybody          1.0.0    web 2/2
                    upgrade list shop; up-2d3e2d79-1370-4684-88a9-73bb33c51e83  COMPLETED  GRAYSCALE  2.0.0    B
                    upgrade show shop; ▶  4     GATE   pass stage friends  an approval
                    upgrade show shop; ✓  1     START  start B                               5 min
                    upgrade show shop; by olivia at
                    rollback points shop; rp-up-2d3e2d79-1370-4684-88a9-73bb33c51e83  1.0.0    A        web 2      6
                    history shop; olivia    upgrade-started: GRAYSCALE to B
                    history shop; adam      stage-approved: friends
                    history shop; route-strategies-changed: A GREEN for everybody, B YELLOW for ids 1, 2, 600–700
                    router list; gateway  gateway  speaks
                    router list shop; gateway  gateway  speaks
                    config list; shop/prod/main  3
                    config get shop/prod; pricing.currency  EUR
                    config get shop/prod/main pricing.currency; EUR
                    config history shop/prod/main; db.password, pricing.currency  us launch
                    config diff shop/prod/main 1 2; ~  pricing.currency  EUR     USD
                    logs search; GET /api/audit/completeness
                    audit search --group shop; cluster-group.cluster-scaling-completed
                    audit completeness shop; The audit trail of shop is complete.
                    top; shop        RUNNING  2.0.0 on B  4/11
                    explain shop 650; User 650 goes to B (YELLOW): the id lies in an interval of its rule
                    explain shop 1; User 1 goes to B (YELLOW): its rule lists the id
                    explain shop 9; User 9 goes to A (GREEN): it takes everybody
                    explain shop; A request without id goes to A (GREEN)
                    """)
    void shows_people_what_services_answer(String command, String shown) {
        all();
        if (command.equals("top")) {
            stub.on(
                            "GET /api/groups?status=UPGRADING%2CPAUSED%2CABORTING&limit=100",
                            200, "{\"groups\":[" + StubService.recording("group-gate") + "]}")
                    .recorded("GET /api/groups?fields=light&limit=200", "groups-light");
        }
        Run run = run(command.split(" "));
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).contains(shown.strip());
        assertThat(run.code()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "group list",
                "group show shop",
                "cluster list shop",
                "upgrade list shop",
                "upgrade show shop",
                "rollback points shop",
                "history shop",
                "router list",
                "router list shop",
                "config list",
                "config get shop/prod/main",
                "config history shop/prod/main",
                "config diff shop/prod/main 1 2",
                "logs search",
                "audit search",
                "audit completeness shop",
                "explain shop 650",
                "export shop",
                "top"
            })
    void gives_programs_one_json_document(String command) {
        all();
        Run run = run((command + " --json").split(" "));
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode document = JSON.readTree(run.out());
        assertThat(document.isContainer()).isTrue();
        assertThat(document).isNotEmpty();
    }

    @Test
    void reads_pages_until_the_last_one() {
        String group = "{\"groupId\":\"%s\",\"clusters\":{}}";
        stub.on(
                        "GET /api/groups?fields=light&ended=false&limit=200",
                        200,
                        "{\"groups\":[" + group.formatted("a") + "],\"next\":\"a\"}")
                .on(
                        "GET /api/groups?fields=light&ended=false&limit=200&after=a",
                        200,
                        "{\"groups\":[" + group.formatted("b") + "],\"next\":null}");
        assertThat(run("group", "list").out()).contains("\na\n", "\nb\n");
    }

    @Test
    void sends_the_token_and_a_key_with_each_command() {
        stub.on("POST /api/groups", 201, StubService.recording("group"), "ETag", "\"0\"");
        Run run = run("group", "create", "shop", "--environment", "demo", "--entry", "shop.example/a=web");
        assertThat(run.code()).as(run.err()).isZero();
        Request sent = stub.requests().getFirst();
        assertThat(sent.headers())
                .containsEntry("authorization", "Bearer abc.def.ghi")
                .containsKey("idempotency-key");
        assertThat(JSON.readTree(sent.body())).isEqualTo(JSON.readTree("""
                                {"groupId":"shop","application":"shop","environment":"demo","clusters":["A","B"],
                                 "entries":[{"host":"shop.example","pathPrefix":"/a","service":"web"}]}"""));
    }

    @Test
    void never_lets_a_name_change_the_path() {
        run("group", "show", "../../x y?z");
        run("group", "show", "..");
        assertThat(stub.requests().getFirst().line()).isEqualTo("GET /api/groups/..%2F..%2Fx%20y%3Fz?ended=true");
        assertThat(stub.requests().getLast().line()).isEqualTo("GET /api/groups/%2E%2E?ended=true");
    }

    @Test
    void starts_an_upgrade_from_options() throws Exception {
        Path manifest =
                Files.writeString(home.resolve("m.yaml"), "version: 2.0.0\nservices:\n- {name: web, instances: 2}\n");
        stub.on("POST /api/groups/shop/upgrades", 202, "{\"upgradeId\":\"up-1\",\"version\":9}");
        Run run = run(
                "upgrade",
                "start",
                "shop",
                "--mode",
                "grayscale",
                "--to",
                "B",
                "--manifest",
                manifest.toString(),
                "--stage",
                "friends:ids=1,anna:intervals=600-700,-9--5:approval",
                "--stage",
                "some:percent=2.5:bake=10m:approvals=2",
                "--policy",
                "startTimeout=90s",
                "--policy",
                "onExpiry=roll_back",
                "--reason",
                "new checkout",
                "--key",
                "build-17");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("Upgrade up-1 of shop has begun.", "tricolor upgrade wait shop up-1");
        Request sent = stub.requests().getFirst();
        assertThat(sent.headers()).containsEntry("idempotency-key", "build-17");
        assertThat(JSON.readTree(sent.body())).isEqualTo(JSON.readTree("""
                                {"mode":"GRAYSCALE","to":"B","manifest":{"version":"2.0.0","services":[{"name":"web","instances":2}]},
                                 "stages":[{"name":"friends","rule":{"ids":["1","anna"],"intervals":[["600","700"],["-9","-5"]]},
                                            "gates":[{"type":"approval","name":"approval","approvals":1}]},
                                           {"name":"some","rule":{"percent":2.5},
                                            "gates":[{"type":"bake","name":"bake","time":"PT10M"},
                                                     {"type":"approval","name":"approval","approvals":2}]}],
                                 "policy":{"startTimeout":"PT1M30S","onExpiry":"ROLL_BACK"},"reason":"new checkout"}"""));
    }

    @Test
    void goes_on_behind_a_page_of_the_history_in_which_nothing_fits() {
        String path =
                "GET /api/groups/shop/history?after=%s&actor=ann&type=stage-approved&from=2026-01-15T00%%3A00%%3A00Z&limit=200";
        stub.on(path.formatted("-1"), 200, "{\"events\":[],\"next\":4999}");
        stub.on(path.formatted("4999"), 200, """
                {"next":null,"events":[{"sequence":5003,"type":"cluster-group.stage-approved","at":"2026-01-15T14:20:31Z","actor":"ann",
                  "reason":"fine","event":{"stage":"friends"}}]}""");
        Run run =
                run("history", "shop", "--actor", "ann", "--type", "stage-approved", "--from", "2026-01-15T00:00:00Z");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("5003", "stage-approved: friends", "fine");
    }

    @Test
    void shows_which_events_have_moved_a_user() {
        stub.on("GET /api/groups/shop/moves?id=42&limit=200", 200, """
                {"service":"web","next":null,"moves":[
                  {"sequence":3,"at":"2026-01-15T14:20:31Z","epoch":1,"tableVersion":1,"actor":"tricolor","reason":"everybody to A","upgradeId":"up-1","to":"A"},
                  {"sequence":9,"at":"2026-01-15T15:20:31Z","epoch":1,"tableVersion":3,"actor":"olga","reason":"try it","from":"A","to":"B"}]}""");
        Run run = run("explain", "shop", "42", "--moves");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).containsPattern("3 .* - +A +1 +tricolor").containsPattern("9 .* A +B +3 +olga +try it");
    }

    @Test
    void shows_where_a_user_went_by_what_each_router_had_applied_then() {
        stub.on("GET /api/groups/shop/explanation?at=2026-01-15T14%3A03%3A00Z&id=42&router=r2", 200, """
                {"group":"shop","id":"42","service":"web","at":"2026-01-15T14:03:00Z","routers":[
                  {"router":"r2","bootId":"b","since":"2026-01-15T14:00:00Z","epoch":0,"version":6,"sha256":"","tableKnown":true,
                   "cluster":"B","status":"YELLOW","reason":"PERCENT","cohort":"canary","possible":["B"],"instances":{"B":2}}]}""");
        Run run = run("explain", "shop", "42", "--at", "2026-01-15T14:03:00Z", "--router", "r2");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).containsPattern("r2 +0/6 .* B +YELLOW +PERCENT");
    }

    @Test
    void shows_and_sets_strategies_as_yaml() throws Exception {
        stub.on("GET /api/groups/shop/route-strategy", 200, """
                {"tableVersion":3,"strategies":{
                  "A":{"status":"GREEN","id":{"all":true,"ids":[],"intervals":[]}},
                  "B":{"status":"YELLOW","id":{"all":false,"ids":["1","2"],"intervals":[["600","700"]]}}}}""");
        Run shown = run("strategy", "show", "shop");
        assertThat(shown.code()).as(shown.err()).isZero();
        assertThat(shown.out()).contains("route-strategy:", "status: Y", "ids: [1, 2]", "interval: [[600,700]]");

        Path file = Files.writeString(
                home.resolve("strategy.yaml"), shown.out().replace("[1, 2]", "[1, 2, 9007199254740993]"));
        stub.on("PUT /api/groups/shop/route-strategy", 200, "{\"tableVersion\":4,\"strategies\":{}}");
        Run set = run("strategy", "set", "shop", "-f", file.toString(), "-r", "one more");
        assertThat(set.code()).as(set.err()).isZero();
        assertThat(JSON.readTree(stub.requests().getLast().body())).isEqualTo(JSON.readTree("""
                {"reason":"one more","strategies":{
                  "A":{"status":"GREEN","id":{"all":true,"ids":[],"intervals":[]}},
                  "B":{"status":"YELLOW","id":{"all":false,"ids":["1","2","9007199254740993"],"intervals":[["600","700"]]}}}}"""));

        Files.writeString(file, "route-strategy:\n  A:\n    status: BLUE\n");
        Run refused = run("strategy", "set", "shop", "-f", file.toString(), "-r", "wrong");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("strategy.yaml", "line 3", "BLUE");
    }

    @Test
    void tells_who_would_move_under_other_strategies() throws Exception {
        all();
        Path file = Files.writeString(home.resolve("strategy.yaml"), """
                route-strategy:
                  A: {status: G, id: {all: true}}
                  B: {status: Y, id: {ids: [1, 3], intervals: [[600,609]]}}
                """);
        Run run = run("strategy", "simulate", "shop", "-f", file.toString(), "--ids", "1..1000");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .containsPattern("A +stay +896 +89.60 % +4, 5, 6")
                .containsPattern("A +B +1 +0.10 % +3\\b")
                .containsPattern("B +A +92 +9.20 % +2, 610, 611")
                .containsPattern("B +stay +11 +1.10 % +1, 600, 601")
                .contains("By table 3");
        Path ids = Files.writeString(home.resolve("ids.txt"), "3\n\nolga\n-5\n");
        JsonNode told = JSON.readTree(
                run("strategy", "simulate", "shop", "-f", file.toString(), "--ids", ids.toString(), "--json")
                        .out());
        assertThat(told.path("ids").asInt(0)).isEqualTo(3);
        assertThat(told.path("moves")).hasSize(2);
        assertThat(told.at("/moves/1/examples/0").asString("")).isEqualTo("3");
        assertThat(stub.requests()).allMatch(request -> request.line().startsWith("GET "));

        assertThat(run("strategy", "simulate", "shop", "-f", file.toString(), "--ids", "5..1")
                        .code())
                .isEqualTo(2);
        assertThat(run("strategy", "simulate", "shop", "-f", file.toString(), "--ids", "0..9223372036854775807")
                        .code())
                .isEqualTo(2);
        Files.writeString(file, "route-strategy:\n  A: {status: G, id: {all: true}}\n");
        assertThat(run("strategy", "simulate", "shop", "-f", file.toString()).err())
                .contains("the group has A, B");
    }

    @Test
    void keeps_templates_and_starts_by_one() throws Exception {
        Path file = Files.writeString(home.resolve("careful.yaml"), "mode: SWITCH\npolicy: {startTimeout: PT9M}\n");
        stub.on("PUT /api/groups/shop/templates/careful", 200, "{\"name\":\"careful\",\"version\":3}");
        Run set = run("template", "set", "shop", "careful", "-f", file.toString(), "-r", "slow starts");
        assertThat(set.out()).contains("Template careful of shop is at version 3.");
        assertThat(JSON.readTree(stub.requests().getFirst().body()))
                .isEqualTo(JSON.readTree(
                        "{\"mode\":\"SWITCH\",\"policy\":{\"startTimeout\":\"PT9M\"},\"reason\":\"slow starts\"}"));
        stub.on("GET /api/groups/shop/templates", 200, """
                {"templates":[{"groupId":"shop","name":"careful","version":3,"setBy":"olga","reason":"slow starts","at":"2026-01-15T14:20:31Z",
                  "template":{"mode":"SWITCH","stages":[]}}]}""");
        assertThat(run("template", "list", "shop").out()).contains("careful", "3", "SWITCH", "olga", "slow starts");
        stub.on("GET /api/groups/shop/templates/careful?version=2", 200, """
                {"name":"careful","version":2,"template":{"mode":"SWITCH","stages":[]}}""");
        assertThat(run("template", "show", "shop", "careful", "--version-number", "2")
                        .out())
                .contains("mode: SWITCH");
        Path manifest = Files.writeString(home.resolve("m.yaml"), "version: 2.0.0\nservices: []\n");
        stub.on("POST /api/groups/shop/upgrades", 202, "{\"upgradeId\":\"up-1\",\"version\":9}");
        Run start = run(
                "upgrade", "start", "shop", "--template", "careful@2", "--manifest", manifest.toString(), "-r", "new");
        assertThat(start.code()).as(start.err()).isZero();
        assertThat(JSON.readTree(stub.requests().getLast().body())).isEqualTo(JSON.readTree("""
                {"template":"careful","templateVersion":2,"manifest":{"version":"2.0.0","services":[]},"reason":"new"}"""));
    }

    @Test
    void sets_and_lists_freeze_windows() throws Exception {
        stub.on("POST /api/freezes", 201, "{\"window\":{\"name\":\"nights\"},\"inForce\":false,\"over\":false}");
        Run run = run(
                "freeze",
                "set",
                "nights",
                "--environment",
                "prod",
                "--weekly",
                "fri-mon,22:00-06:00,Europe/Berlin",
                "--weekly",
                "wed+tuesday,00:00-01:00,UTC",
                "--reason",
                "nobody is there");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("Freeze window nights is set.");
        assertThat(JSON.readTree(stub.requests().getFirst().body())).isEqualTo(JSON.readTree("""
                {"name":"nights","environment":"prod","reason":"nobody is there","weekly":[
                  {"days":["FRIDAY","SATURDAY","SUNDAY","MONDAY"],"from":"22:00","to":"06:00","zone":"Europe/Berlin"},
                  {"days":["WEDNESDAY","TUESDAY"],"from":"00:00","to":"01:00","zone":"UTC"}]}"""));
        assertThat(run("freeze", "set", "nights", "--weekly", "someday,1-2,UTC", "--reason", "x")
                        .code())
                .isEqualTo(2);
        stub.on("GET /api/freezes", 200, """
                {"version":1,"windows":[
                  {"window":{"name":"nights","environment":"prod","weekly":[{"days":["FRIDAY"],"from":"22:00","to":"06:00","zone":"UTC"}],
                   "reason":"nobody is there"},"inForce":false,"over":false},
                  {"window":{"name":"old","from":"2026-01-01T00:00:00Z","until":"2026-01-02T00:00:00Z","weekly":[],"reason":"past"},
                   "inForce":false,"over":true},
                  {"window":{"name":"stop","groupId":"shop","from":"2026-01-01T00:00:00Z","until":"2036-01-02T00:00:00Z","weekly":[],
                   "reason":"payments fail"},"inForce":true,"over":false,"until":"2036-01-02T00:00:00Z"}]}""");
        assertThat(run("freeze", "list").out())
                .contains("nights  not in force", "environment prod", "friday 22:00-06:00 UTC")
                .contains("stop", "frozen until 2036-01-02T00:00:00Z", "group shop", "payments fail")
                .doesNotContain("past");
        assertThat(run("freeze", "list", "--all").out()).contains("past");
        stub.on("DELETE /api/freezes/stop?reason=the%20cause%20was%20found", 204, "");
        assertThat(run("freeze", "lift", "stop", "-r", "the cause was found").out())
                .contains("Freeze window stop is lifted.");
    }

    @Test
    void starts_an_upgrade_from_a_document_and_prints_it_in_words_first() throws Exception {
        Path file = Files.writeString(
                home.resolve("release.yaml"),
                "group: shop\nkey: build-18\nmode: SWITCH\nmanifest: {version: 2.0.0, services: []}\nreason: new checkout\n");
        stub.on("POST /api/groups/shop/upgrades?dryRun=true", 200, """
                {"groupId":"shop","mode":"SWITCH","from":"A","to":"B","release":"2.0.0","atLeast":"PT10M","approvals":1,
                 "steps":[{"number":1,"kind":"START","title":"start B","what":"ask for 2 x web","timeout":"PT5M"}]}""");
        Run dry = run("upgrade", "start", "-f", file.toString(), "--dry-run");
        assertThat(dry.out())
                .contains(
                        "SWITCH of shop to 2.0.0 on B, from A",
                        "at least 10 min, 1 approval",
                        "1     START  ask for 2 x web  5 min",
                        "Nothing was done.");
        assertThat(stub.requests().getFirst().headers()).doesNotContainKey("idempotency-key");
        stub.on("POST /api/groups/shop/upgrades", 202, "{\"upgradeId\":\"up-1\",\"version\":9}");
        assertThat(run("upgrade", "start", "-f", file.toString()).code()).isZero();
        Request sent = stub.requests().getLast();
        assertThat(sent.headers()).containsEntry("idempotency-key", "build-18");
        assertThat(JSON.readTree(sent.body()).propertyNames()).containsExactlyInAnyOrder("mode", "manifest", "reason");
    }

    @Test
    void says_where_in_the_document_a_refusal_has_its_cause() throws Exception {
        Path file = Files.writeString(home.resolve("release.yaml"), """
                mode: GRAYSCALE
                to: B
                manifest: {version: 2.0.0, services: []}
                reason: x
                stages:
                - name: friends
                  rule:
                    procent: 5
                """);
        stub.problem(
                "POST /api/groups/shop/upgrades",
                400,
                "INVALID_ARGUMENT",
                "stages[0].rule.procent: there is no such member");
        Run run = run("upgrade", "start", "shop", "-f", file.toString());
        assertThat(run.code()).isEqualTo(5);
        assertThat(run.err()).startsWith("tricolor: " + file + ":8:5: INVALID_ARGUMENT: stages[0].rule.procent");
    }

    @Test
    void approves_the_stage_that_the_running_upgrade_waits_in() {
        all();
        String upgrade = "/api/groups/shop/upgrades/up-2d3e2d79-1370-4684-88a9-73bb33c51e83";
        stub.on("POST " + upgrade + "/approval", 202, "").on("POST " + upgrade + "/abort", 202, "");
        Run run = run("approve", "shop", "--reason", "looks good");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("has an approval of stage friends.");
        assertThat(JSON.readTree(stub.requests("POST").getFirst().body()))
                .isEqualTo(JSON.readTree("{\"stage\":\"friends\",\"reason\":\"looks good\"}"));
        assertThat(run("upgrade", "abort", "shop", "--reason", "no").out()).contains("is on its way back.");
    }

    @Test
    void steers_stages_and_binds_an_approval_to_the_plan_that_was_read() {
        String path = "/api/groups/shop/upgrades/up-2d3e2d79-1370-4684-88a9-73bb33c51e83";
        stub.recorded("GET /api/groups/shop", "group-gate")
                .on(
                        "GET " + path,
                        200,
                        StubService.recording("upgrade-gate")
                                .replaceFirst("\"upgradeId\"", "\"planHash\":\"abc\",\"upgradeId\""));
        for (String verb : List.of("approval", "skip", "repeat", "change")) {
            stub.on("POST " + path + "/" + verb, 202, "");
        }
        assertThat(run("upgrade", "show", "shop").out()).contains("plan:        abc");
        assertThat(run("approve", "shop", "--reason", "x").code()).isZero();
        assertThat(run("upgrade", "skip", "shop", "--reason", "x").out()).contains("leaves stage friends.");
        assertThat(run("upgrade", "repeat", "shop", "--stage", "friends", "--reason", "x")
                        .code())
                .isZero();
        Run changed = run(
                "upgrade",
                "change",
                "shop",
                "--stage",
                "half:percent=20:metric=errors:deadline=1h:onFail=pause",
                "--reason",
                "x");
        assertThat(changed.code()).as(changed.err()).isZero();
        assertThat(stub.requests("POST").stream().map(one -> JSON.readTree(one.body())))
                .containsExactly(
                        JSON.readTree("{\"reason\":\"x\",\"stage\":\"friends\",\"planHash\":\"abc\"}"),
                        JSON.readTree("{\"reason\":\"x\",\"stage\":\"friends\"}"),
                        JSON.readTree("{\"reason\":\"x\",\"stage\":\"friends\"}"),
                        JSON.readTree("""
                                {"reason":"x","stage":{"name":"half","rule":{"percent":20},"deadline":"PT1H","onFail":"PAUSE",
                                 "gates":[{"type":"metric","name":"errors","measure":"ERRORS"}]}}"""));
    }

    @Test
    void says_what_could_be_done_and_why_not() {
        stub.on("GET /api/groups/shop", 200, """
                {"groupId":"shop","clusters":{},"actions":[
                 {"name":"abort","method":"POST","path":"/x","allowed":true,"confirm":"Everybody goes back to cluster A."},
                 {"name":"approve","target":"friends","method":"POST","path":"/x","allowed":false,
                  "code":"APPROVER_IS_REQUESTER","reason":"somebody else has to"}]}""");
        assertThat(run("group", "actions", "shop").out())
                .contains("abort             yes  Everybody goes back to cluster A.")
                .contains("approve  friends  no   somebody else has to");
    }

    @Test
    void has_nothing_to_steer_where_nothing_runs() {
        stub.recorded("GET /api/groups/shop", "group");
        Run run = run("upgrade", "pause", "shop", "--reason", "x");
        assertThat(run.code()).isEqualTo(5);
        assertThat(run.err()).contains("no upgrade of shop is running");
    }

    @Test
    void changes_configuration_on_the_revision_that_it_has_read() {
        all();
        stub.on(
                "POST /api/config/shop/prod/main/revisions",
                201,
                "{\"revision\":4,\"changedKeys\":[\"a.b\"]}",
                "ETag",
                "\"4\"");
        Run run = run("config", "set", "shop/prod", "a.b=1", "--unset", "db.password", "--reason", "why");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("Revision 4 of shop/prod is current, changed: a.b");
        Request sent = stub.requests("POST").getFirst();
        assertThat(sent.headers()).containsEntry("if-match", "\"3\"");
        assertThat(JSON.readTree(sent.body()))
                .isEqualTo(JSON.readTree(
                        "{\"reason\":\"why\",\"properties\":{\"pricing.currency\":\"EUR\",\"a.b\":\"1\"}}"));
    }

    @Test
    void edits_a_document_in_the_editor_of_this_user() throws IOException {
        Path editor = home.resolve("editor");
        Files.writeString(editor, "#!/bin/sh\nsed -i 's/EUR/USD/' \"$1\"\n");
        assertThat(editor.toFile().setExecutable(true)).isTrue();
        stub.on(
                        "GET /api/config/shop/prod/main/revisions/current",
                        200,
                        "{\"properties\":{\"a\":\"EUR\"},\"document\":{\"format\":\"yaml\",\"text\":\"# why\\na: EUR\\n\"}}",
                        "ETag",
                        "\"3\"")
                .on("PUT /api/config/shop/prod/main/draft", 200, "{\"version\":1}", "ETag", "\"1\"")
                .on("POST /api/config/shop/prod/main/revisions", 201, "{\"revision\":4}", "ETag", "\"4\"");
        Run draft = Typed.at(stub, home).with("EDITOR", editor.toString()).run("config", "edit", "shop/prod");
        assertThat(draft.code()).as(draft.err()).isZero();
        assertThat(draft.out()).contains("The draft of shop/prod is at version 1.");
        assertThat(JSON.readTree(stub.requests("PUT").getFirst().body()))
                .isEqualTo(JSON.readTree("{\"yaml\":\"# why\\na: USD\\n\"}"));
        Run published = Typed.at(stub, home)
                .with("EDITOR", editor.toString())
                .run("config", "edit", "shop/prod", "--reason", "why");
        assertThat(published.out()).contains("Revision 4 of shop/prod is current");
        assertThat(stub.requests("POST").getFirst().headers()).containsEntry("if-match", "\"3\"");
        assertThat(run("config", "edit", "shop/prod").err()).contains("neither VISUAL nor EDITOR is set");
    }

    @Test
    void encrypts_what_is_written_to_it() {
        stub.on("POST /config-server/encrypt/shop/default", 200, "{cipher}{app:shop}x")
                .on("POST /config-server/encrypt", 404, "{\"code\":\"ENCRYPTION_OFF\",\"detail\":\"no keys\"}");
        Run run = Typed.at(stub, home).reading("hunter2\n").run("config", "encrypt", "shop");
        assertThat(run.out()).as(run.err()).isEqualTo("{cipher}{app:shop}x\n");
        assertThat(stub.requests("POST").getFirst().body()).isEqualTo("hunter2");
        assertThat(Typed.at(stub, home)
                        .reading("hunter2")
                        .run("config", "encrypt")
                        .err())
                .contains("no keys")
                .doesNotContain("hunter2");
        assertThat(Typed.at(stub, home).reading("\n").run("config", "encrypt").err())
                .contains("there is no value");
    }

    @Test
    void writes_publishes_and_drops_a_draft() {
        stub.on("PUT /api/config/shop/prod/main/draft", 200, "{\"version\":2}", "ETag", "\"2\"")
                .on(
                        "GET /api/config/shop/prod/main/draft",
                        200,
                        "{\"draft\":{\"version\":2,\"base\":3,\"authors\":[\"ann\",\"bob\"]},"
                                + "\"added\":{\"b\":1},\"removed\":{},\"changed\":{}}")
                .on("POST /api/config/shop/prod/main/draft/publication", 201, "{\"revision\":4}", "ETag", "\"4\"")
                .on("DELETE /api/config/shop/prod/main/draft", 204, "");
        Run saved = Typed.at(stub, home).reading("a: 1").run("config", "draft", "save", "shop/prod", "-f", "-");
        assertThat(saved.out()).as(saved.err()).contains("is at version 2");
        assertThat(run("config", "draft", "show", "shop/prod").out())
                .contains("Version 2, on revision 3, by ann, bob.", "+  b");
        assertThat(run("config", "draft", "publish", "shop/prod", "--reason", "why")
                        .out())
                .contains("Revision 4 of shop/prod is current");
        assertThat(run("config", "draft", "drop", "shop/prod").out()).contains("is gone");
    }

    @Test
    void compares_and_searches_configuration_and_says_who_changed_a_key() {
        all();
        stub.on(
                        "GET /api/config-comparison",
                        200,
                        "{\"added\":{},\"removed\":{},\"changed\":{\"pool\":{\"from\":5,\"to\":9}}}")
                .on(
                        "GET /api/config-search",
                        200,
                        "{\"found\":[{\"namespace\":\"shop/a/main\",\"revision\":3,\"key\":\"pool\",\"value\":5}]}");
        Run compared = run("config", "compare", "shop/a@3", "shop/b");
        assertThat(compared.out()).as(compared.err()).contains("~  pool");
        Run searched = run("config", "search", "pool");
        assertThat(searched.out()).as(searched.err()).contains("shop/a/main  3         pool  5");
        Run who = run("config", "who", "shop/prod", "db.password");
        assertThat(who.out()).as(who.err()).contains("us launch");
        assertThat(run("config", "who", "shop/prod", "nothing").out()).contains("No revision changed it.");
    }

    @Test
    void waits_until_a_cluster_has_its_instances() {
        String scaling = "{\"groupId\":\"shop\",\"clusters\":{\"A\":{\"status\":\"GREEN\",\"instances\":{\"web\":3},"
                + "\"scaling\":{\"instances\":{\"web\":3},\"missing\":{\"healthy instances of A/web\":\"2 of 3\"}}}}}";
        stub.on("PUT /api/groups/shop/clusters/A/instances", 202, "")
                .on("GET /api/groups/shop", 200, scaling)
                .recorded("GET /api/groups/shop", "scaled");
        Run run = run("cluster", "scale", "shop", "A", "web=3", "--reason", "load", "--wait");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("waits for healthy instances of A/web: 2 of 3", "is at web 3: web 3/3.");
        assertThat(stub.requests("PUT").getFirst().body()).contains("\"web\":3");
    }

    @Test
    void shows_again_only_what_has_changed() {
        stub.recorded("GET /api/groups", "groups").on("GET /api/groups", 200, "{\"groups\":[]}");
        Run run = Typed.at(stub, home).interruptedAfter(4).run("group", "list", "--watch");
        assertThat(run.out().lines().filter(line -> line.startsWith("GROUP"))).hasSize(1);
        assertThat(run.out().lines().filter(line -> line.startsWith("There are no groups")))
                .hasSize(1);
    }

    @Test
    void keeps_colours_and_width_to_terminals() {
        all();
        Terminal narrow = new Terminal(true, true, 50);
        String coloured =
                Typed.at(stub, home).on(narrow).run("cluster", "list", "shop").out();
        assertThat(coloured).contains("\u001B[32mGREEN\u001B[0m");
        assertThat(coloured.replaceAll("\u001B\\[[0-9]+m", "").lines()).allMatch(line -> line.length() <= 50);
        assertThat(run("cluster", "list", "shop").out())
                .doesNotContain("\u001B")
                .contains("web 2/2");
    }

    @Test
    void lets_no_text_of_others_give_orders_to_the_terminal() {
        stub.on(
                "GET /api/groups",
                200,
                "{\"groups\":[{\"groupId\":\"a\\u001b[2J\\nb\\u202e\",\"application\":\"商店\",\"clusters\":{}}]}");
        assertThat(run("group", "list").out()).contains("a\uFFFD[2J b\uFFFD").doesNotContain("\u001B", "\u202E");
    }

    @Test
    void refuses_wrong_words_before_anything_is_sent() {
        for (List<String> words : List.of(
                List.of("fly"),
                List.of("group"),
                List.of("group", "show"),
                List.of("upgrade", "abort", "shop"),
                List.of("upgrade", "start", "shop", "--reason", "x"),
                List.of("upgrade", "start", "shop", "-f", "nowhere.yaml"),
                List.of(
                        "upgrade",
                        "start",
                        "shop",
                        "--mode",
                        "x",
                        "--reason",
                        "x",
                        "--stage",
                        "a:b=1",
                        "--manifest",
                        "-"),
                List.of("group", "create", "shop", "--environment", "x", "--entry", "web"),
                List.of("group", "decommission", "shop", "--reason", "x"),
                List.of("config", "get", "shop"),
                List.of("group", "list", "--request-timeout", "soon"))) {
            Run run = Typed.at(stub, home).reading("version: 1").run(words.toArray(String[]::new));
            assertThat(run.code()).as("%s: %s", words, run.err()).isEqualTo(CommandLine.ExitCode.USAGE);
            assertThat(run.err()).as("%s", words).isNotBlank().doesNotContain("Exception", "\tat ");
        }
        assertThat(stub.requests()).isEmpty();
    }

    @Test
    void explains_every_command_and_completes_and_documents_all_of_them() {
        CommandLine line = io.tricolor.cli.command.CommandLineInterface.create(World.real());
        line.getSubcommands().forEach((name, command) -> {
            assertThat(command.getCommandSpec().usageMessage().header())
                    .as(name)
                    .isNotEmpty();
            assertThat(run(name, "--help").code()).as(name).isZero();
        });
        String manual = run("manual").out();
        String completion = run("completion", "bash").out();
        for (String name : List.of("group", "upgrade", "rollback", "explain", "apply")) {
            assertThat(manual).contains(".SS \"tricolor " + name);
            assertThat(completion).contains(name);
        }
        assertThat(manual).contains(".SH \"EXIT STATUS\"").doesNotContain("${");
        assertThat(run("completion", "zsh").out()).contains("compinit");
    }
}
