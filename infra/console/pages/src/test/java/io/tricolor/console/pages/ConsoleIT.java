package io.tricolor.console.pages;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.interactions.Actions;

/** The pages in a real browser, against recorded answers, under the policy of the front door. */
class ConsoleIT {

    /** Every page, and what is there when it has all its answers. */
    private static final Map<String, String> PAGES = pages();

    @SuppressWarnings("NullAway.Init")
    private static FixtureConsole console;

    @SuppressWarnings("NullAway.Init")
    private static Browser browser;

    private static Map<String, String> pages() {
        Map<String, String> pages = new LinkedHashMap<>();
        pages.put("/", "tr[data-group=shop]");
        pages.put("/groups/shop", "article.cluster .service");
        pages.put("/groups/shop/upgrades", "section table tbody tr");
        pages.put("/groups/shop/upgrades/" + FixtureConsole.UPGRADE, ".gate-live progress");
        pages.put("/groups/cart/start", "section.panel table");
        pages.put("/groups/shop/history", ".history tbody tr");
        pages.put("/groups/shop/points", "section table tbody tr");
        pages.put("/groups/shop/routers", "section table tbody tr");
        pages.put("/groups/shop/releases", "section table tbody tr");
        pages.put("/groups/shop/templates", "tr[data-template=careful]");
        pages.put("/routers", "table tbody tr");
        pages.put("/deployments", "table tbody tr");
        pages.put("/deployments?group=shop&cluster=B", "section table tbody tr");
        pages.put("/artifacts", "table tbody tr");
        pages.put("/configuration?ns=shop/prod/main", ".split > div table tbody tr");
        pages.put("/monitoring?group=shop", ".charts canvas");
        pages.put("/logs?group=shop", "main > .table tbody tr");
        pages.put("/freezes", "tr[data-window=incident-7]");
        pages.put("/settings", "main dl");
        return pages;
    }

    @BeforeAll
    static void start() throws IOException {
        console = new FixtureConsole(0);
        browser = new Browser();
    }

    @AfterAll
    static void end() {
        browser.close();
        console.close();
    }

    @BeforeEach
    void begin() {
        browser.open("about:blank");
        browser.forget(console.origin());
        console.reset();
    }

    /** Whatever a test did: the policy held, nobody else was asked, and the page did not fail. */
    @AfterEach
    void nothing_went_wrong_unseen() {
        assertThat(console.reports).as("reports of the policy").isEmpty();
        assertThat(browser.complaints()).isEmpty();
        assertThat(browser.requests())
                .allMatch(address -> address.startsWith(console.origin())
                        || address.startsWith("data:")
                        || address.startsWith("about:"));
    }

    private static void open(String path) {
        browser.open(console.origin() + path);
    }

    private static String fileOf(String path) {
        String name = path.replaceAll("\\?.*", "")
                .replaceAll("/groups/[a-z]+", "group")
                .replaceAll("up-[0-9a-f-]+", "one")
                .replaceAll("[^a-z]+", "-")
                .replaceAll("^-|-$", "");
        return name.isEmpty() ? "overview" : name;
    }

    /** One visit of each page serves all of it: opening a page takes longer than to look at it in another way. */
    @Test
    void every_page_opens_is_accessible_in_both_themes_and_fits_a_phone() {
        for (var page : PAGES.entrySet()) {
            open(page.getKey());
            browser.see(page.getValue());
            browser.until(
                    "all answers of " + page.getKey(),
                    () -> browser.driver
                            .findElements(By.cssSelector(".loading"))
                            .isEmpty());
            String file = fileOf(page.getKey());
            browser.theme("light");
            browser.screenshot(file + "-light");
            accessible(page.getKey() + ", light");
            browser.theme("dark");
            browser.screenshot(file + "-dark");
            browser.phone();
            try {
                browser.fitsTheWidth(page.getKey());
                browser.screenshot(file + "-phone");
                accessible(page.getKey() + ", dark, on a phone");
            } finally {
                browser.noPhone();
            }
            assertThat(browser.text("main")).doesNotContain("undefined").doesNotContain("NaN");
        }
    }

    private static void accessible(String what) {
        assertThat(browser.violations()).as(what).isEmpty();
    }

    @Test
    void paints_within_a_second() {
        open("/groups/shop");
        open("/");
        browser.see("tr[data-group=shop]");
        Number painted =
                browser.run("return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 1e9");
        assertThat(painted.doubleValue()).as("ms until something is seen").isLessThan(1_000);
    }

    @Test
    void shows_where_requests_go_at_this_moment() {
        open("/");
        browser.reads("tr[data-group=shop] .live-share", "A 95 % · 118/s");
        assertThat(browser.text("tr[data-group=shop] .live-share")).contains("B 5 % · 6.2/s", "1.6 % errors");
        assertThat(browser.text("tr[data-group=mail] .live-share")).isEqualTo("no requests now");
        console.answer(
                "/api/traffic",
                "{\"at\":\"2026-11-29T10:26:12Z\",\"seconds\":10,\"routers\":1,\"unread\":[],\"known\":true,"
                        + "\"groups\":{\"shop\":{\"B\":{\"requestsPerSecond\":90,\"errorsPerSecond\":0,"
                        + "\"slowest95thSeconds\":null}}}}");
        browser.reads("tr[data-group=shop] .live-share", "B 100 % · 90/s");
        open("/groups/shop");
        browser.reads("article.cluster:nth-of-type(2)", "90/s");
        console.answer("/api/traffic", "{\"at\":\"2026-11-29T10:26:12Z\",\"seconds\":0,\"known\":false,\"groups\":{}}");
        browser.until(
                "no number where nothing is known",
                () -> browser.driver.findElements(By.cssSelector(".live-share")).isEmpty());
    }

    @Test
    void a_template_is_checked_by_the_service_before_it_is_written_and_an_upgrade_begins_with_it() {
        open("/groups/cart/templates");
        browser.reads("tr[data-template=careful]", "1 approvals, not by the requester");
        browser.press("New template");
        browser.fill("Name", "calm");
        browser.fill("Why?", "for Fridays");
        browser.press("Check it");
        browser.reads("dialog[open]", "It can be carried out; it becomes version 4.");
        accessible("a template");
        browser.screenshot("template");
        browser.press("Write it");
        browser.until(
                "two requests",
                () -> console.made("PUT", "/api/groups/cart/templates/calm").size() == 2);
        var sent = console.made("PUT", "/api/groups/cart/templates/calm");
        assertThat(sent.getFirst().query()).isEqualTo("dryRun=true");
        assertThat(sent.getFirst().headers()).doesNotContainKeys("idempotency-key", "if-match");
        assertThat(sent.getLast().headers()).containsEntry("if-match", "\"0\"").containsKey("idempotency-key");
        assertThat(sent.getLast().json().path("reason").asString()).isEqualTo("for Fridays");

        open("/groups/cart/start?template=careful");
        browser.reads(".start", "friends → some");
        browser.fill("Why?", "new checkout");
        browser.press("Show what would be done");
        browser.see("#dry-run");
        var asked = console.made("POST", "/api/groups/cart/upgrades").getLast().json();
        assertThat(asked.path("template").asString()).isEqualTo("careful");
        assertThat(asked.path("templateVersion").asInt()).isEqualTo(3);
        assertThat(asked.has("stages") || asked.has("mode")).isFalse();
    }

    @Test
    void a_draft_is_looked_at_and_published_by_somebody_else() {
        open("/configuration?ns=shop/prod/main");
        browser.reads(".draft", "By carla");
        browser.press("Publish the draft");
        browser.reads("dialog[open]", "CHF");
        accessible("a draft");
        browser.screenshot("draft");
        browser.confirm("prices in francs");
        var sent = console.made("POST", "/api/config/shop/prod/main/draft/publication");
        assertThat(sent).singleElement().satisfies(one -> {
            assertThat(one.headers()).containsEntry("if-match", "\"2\"");
            assertThat(one.json().path("reason").asString()).isEqualTo("prices in francs");
        });
        browser.press("Change the draft");
        browser.press("Keep the draft");
        browser.until(
                "the draft to be sent",
                () -> !console.made("PUT", "/api/config/shop/prod/main/draft").isEmpty());
        assertThat(console.made("PUT", "/api/config/shop/prod/main/draft")
                        .getFirst()
                        .headers())
                .containsEntry("if-match", "\"2\"");
    }

    @Test
    void routers_are_pinned_at_a_table() {
        open("/groups/shop/routers");
        browser.press("Pin the table");
        browser.reads("dialog[open]", "All routers run this table until they follow again");
        browser.fill("Table", "9");
        accessible("a pin");
        browser.confirm("the newest one is strange");
        assertThat(console.made("PUT", "/api/groups/shop/router-configuration"))
                .singleElement()
                .satisfies(one -> {
                    assertThat(one.json().path("mode").asString()).isEqualTo("PINNED");
                    assertThat(one.json().path("version").asInt()).isEqualTo(9);
                });
    }

    @Test
    void what_runs_is_named_by_its_content_and_compared() {
        open("/groups/shop/releases");
        browser.press("Compare");
        browser.reads("[aria-labelledby=compare-title] .diff", "web.env.COLOUR");
        open("/artifacts");
        browser.fill("Name", "maven:com.example:web:LATEST");
        browser.press("Pin");
        browser.reads(".answer", "com.example:web:2.1.0");
        accessible("a pinned artifact");
        open("/deployments?group=shop&cluster=B");
        browser.reads("main", "on its way");
        browser.press("Log");
        browser.reads("dialog[open] .lines", "listens on port");
        open("/groups/shop/history");
        browser.fill("Id of a user", "42");
        browser.press("Explain");
        browser.reads("[aria-labelledby=moves-title] table", "new checkout");
        assertThat(console.made("GET", "/api/groups/shop/moves").getLast().query())
                .contains("id=42");
    }

    @Test
    void speaks_chinese_when_asked_and_remembers_it() {
        open("/");
        browser.see("tr[data-group=shop]");
        browser.press("中文");
        browser.reads("h1", "组");
        open("/groups/shop/upgrades/" + FixtureConsole.UPGRADE);
        browser.see(".gate-live progress");
        assertThat(browser.driver.findElement(By.tagName("html")).getDomAttribute("lang"))
                .isEqualTo("zh-CN");
        assertThat(browser.text("main")).contains("还需 38 个请求才能得出结论");
        assertThat(browser.violations()).isEmpty();
        browser.screenshot("upgrade-chinese");
        browser.press("EN");
        browser.reads("main", "38 more requests are needed");
    }

    @Test
    void a_thousand_events_patch_rows_and_leave_scroll_focus_and_selection_alone() {
        console.fill(5_000);
        open("/");
        browser.reads(".title .count", "5,000 of 5,000");
        assertThat(browser.driver.findElements(By.cssSelector("tr[data-group]")))
                .as("rows that are really there")
                .hasSizeBetween(20, 120);
        browser.run("window.scrollTo(0, 100000)");
        browser.see("tr[data-group=group-02270]");
        WebElement link = browser.see("tr[data-group=group-02275] a");
        browser.run(
                "arguments[0].focus({preventScroll: true});"
                        + "const cell = document.querySelector('tr[data-group=group-02276] td');"
                        + "getSelection().selectAllChildren(cell);"
                        + "window.seen = new Set();"
                        + "new MutationObserver(all => all.forEach(m => {"
                        + "  const at = m.target.nodeType === 1 ? m.target : m.target.parentElement;"
                        + "  const row = at?.closest('tr[data-group], tbody');"
                        + "  window.seen.add(row?.dataset?.group ?? String(row?.tagName)); }))"
                        + ".observe(document.querySelector('tbody'),"
                        + " {subtree: true, childList: true, characterData: true, attributes: true});",
                link);
        long scrolled = browser.<Number>run("return window.scrollY").longValue();
        String selected = browser.run("return getSelection().toString()");
        for (int i = 0; i < 1_000; i++) {
            int release = i;
            console.change(
                    "group-%05d".formatted(2_270 + i % 4),
                    group -> ((tools.jackson.databind.node.ObjectNode) group.at("/clusters/A/manifest"))
                            .put("version", "9." + release));
        }
        browser.reads("tr[data-group=group-02273]", "9.999");
        browser.reads("tr[data-group=group-02270]", "9.996");

        assertThat(browser.<Number>run("return window.scrollY").longValue()).isEqualTo(scrolled);
        assertThat(browser.<Boolean>run("return document.activeElement === arguments[0]", link))
                .isTrue();
        assertThat(browser.<String>run("return getSelection().toString()"))
                .isEqualTo(selected)
                .isNotBlank();
        assertThat(browser.<List<String>>run("return [...window.seen].sort()"))
                .as("what was touched")
                .containsExactly("group-02270", "group-02271", "group-02272", "group-02273");
        assertThat(console.made("GET", "/api/groups/group-02270"))
                .as("many events at once are few looks")
                .hasSizeLessThan(250);
    }

    @Test
    void a_zoom_of_a_chart_stays_while_points_come_in() {
        open("/monitoring?group=shop");
        WebElement plot = browser.see(".charts .plot");
        browser.until(
                "a point",
                () -> !console.made("GET", "/api/groups/shop/routers").isEmpty());
        new Actions(browser.driver)
                .moveToElement(plot.findElement(By.cssSelector(".u-over")), -60, 0)
                .clickAndHold()
                .moveByOffset(80, 0)
                .release()
                .perform();
        String from = plot.getDomAttribute("data-from");
        String to = plot.getDomAttribute("data-to");
        int before = console.made("GET", "/api/groups/shop/routers").size();
        browser.until(
                "one more point",
                () -> console.made("GET", "/api/groups/shop/routers").size() > before);
        assertThat(plot.getDomAttribute("data-from")).isEqualTo(from).isNotEmpty();
        assertThat(plot.getDomAttribute("data-to")).isEqualTo(to);
        assertThat(Double.parseDouble(String.valueOf(to)) - Double.parseDouble(String.valueOf(from)))
                .isPositive();

        browser.see(".charts .choice label:nth-of-type(2)").click();
        browser.see(".charts table tbody tr");
    }

    @Test
    void says_since_when_it_is_stale_and_misses_nothing_afterwards() {
        open("/");
        browser.reads(".connection", "live");
        console.goDown();
        browser.reads(".stale", "stale since");
        browser.screenshot("overview-stale");
        assertThat(browser.violations()).isEmpty();
        assertThat(browser.text("main")).as("what was known stays").contains("shop");

        console.change(
                "cart",
                group -> ((tools.jackson.databind.node.ObjectNode) group.at("/clusters/A/manifest"))
                        .put("version", "3.3.3"));
        console.comeBack();
        browser.reads(".connection", "live");
        browser.reads("tr[data-group=cart]", "3.3.3");
        assertThat(console.made("GET", "/api/stream").getLast().headers()).containsKey("last-event-id");
    }

    @Test
    void a_page_that_was_left_holds_no_connection() {
        for (int i = 0; i < 7; i++) {
            open("/?q=" + i);
            browser.reads(".connection", "live");
        }
        browser.open("about:blank");
        browser.until("no listener, not " + console.listeners(), () -> console.listeners() == 0);
    }

    @Test
    void loading_failing_and_empty_never_look_alike() {
        console.groups.clear();
        console.hold();
        open("/");
        browser.see("main .loading");
        assertThat(browser.driver.findElements(By.cssSelector(".empty"))).isEmpty();
        console.release();
        browser.reads("main .empty", "There is no group yet");
        assertThat(browser.driver.findElements(By.cssSelector(".loading"))).isEmpty();
        browser.screenshot("overview-empty");

        open("/groups/nowhere");
        browser.reads("main .problem", "GROUP_NOT_FOUND");
        assertThat(browser.driver.findElements(By.cssSelector("main .empty"))).isEmpty();
    }

    @Test
    void what_is_not_allowed_says_why() {
        open("/groups/shop/upgrades/" + FixtureConsole.UPGRADE);
        WebElement resume = browser.button("Resume");

        assertThat(resume.getDomAttribute("aria-disabled")).isEqualTo("true");
        String why = browser.driver
                .findElement(By.id(String.valueOf(resume.getDomAttribute("aria-describedby"))))
                .getDomProperty("textContent");
        assertThat(why).contains("nothing would change");
        resume.click();
        assertThat(browser.driver.findElements(By.cssSelector("dialog[open]"))).isEmpty();

        console.roles("viewer");
        open("/groups/cart");
        assertThat(browser.button("Start an upgrade").getDomAttribute("title")).isEqualTo("needs the role operator");
    }

    @Test
    void an_approval_names_what_it_is_for_and_is_sent_once_with_plan_token_and_key() {
        console.show("shop", "group-approval");
        open("/groups/shop/upgrades/" + FixtureConsole.UPGRADE);
        browser.press("Approve");
        String told = browser.see("dialog[open]").getText();
        assertThat(told).contains("Says yes to release 2.1.0", "Cluster A", "1.0.0", "at most 104 users by their ids");
        assertThat(browser.driver
                        .findElement(By.cssSelector("dialog[open] button[type=submit]"))
                        .isEnabled())
                .isFalse();
        new Actions(browser.driver).sendKeys("answers look good").perform();
        browser.see("dialog[open] summary").click();
        String planHash = browser.driver
                .findElement(By.cssSelector("section code[title]"))
                .getDomAttribute("title");
        assertThat(browser.text("dialog[open] pre"))
                .contains("tricolor upgrade approve shop --stage friends --plan " + planHash
                        + " --reason 'answers look good'")
                .contains("curl -X POST " + console.origin() + "/api/groups/shop/upgrades/" + FixtureConsole.UPGRADE
                        + "/approval")
                .contains("Bearer $TOKEN");
        assertThat(browser.violations()).isEmpty();
        browser.screenshot("approve");
        new Actions(browser.driver)
                .sendKeys(browser.see("dialog[open] input"), Keys.ENTER)
                .perform();
        browser.until(
                "the dialog to close",
                () -> browser.driver
                        .findElements(By.cssSelector("dialog[open]"))
                        .isEmpty());

        var sent = console.made("POST", "/api/groups/shop/upgrades/" + FixtureConsole.UPGRADE + "/approval");
        assertThat(sent).hasSize(1);
        assertThat(sent.getFirst().headers())
                .containsEntry("x-csrf-token", "csrf-1")
                .containsKey("idempotency-key");
        assertThat(sent.getFirst().json().path("planHash").asString()).isEqualTo(planHash);
        assertThat(sent.getFirst().json().path("stage").asString()).isEqualTo("friends");
        assertThat(sent.getFirst().json().path("reason").asString()).isEqualTo("answers look good");
    }

    @Test
    void everything_can_be_done_with_the_keyboard() {
        open("/groups/cart");
        browser.see("article.cluster");
        var keys = new Actions(browser.driver);
        keys.sendKeys(Keys.TAB).perform();
        assertThat(browser.driver.switchTo().activeElement().getText()).isEqualTo("To the content");
        keys.sendKeys(Keys.ENTER).perform();
        WebElement rollback = browser.button("Roll back");
        for (int i = 0; i < 40 && !browser.driver.switchTo().activeElement().equals(rollback); i++) {
            keys.sendKeys(Keys.TAB).perform();
        }
        assertThat(browser.driver.switchTo().activeElement()).isEqualTo(rollback);
        keys.sendKeys(Keys.ENTER).perform();
        browser.reads("dialog[open]", "drain A");
        assertThat(browser.driver.switchTo().activeElement().getTagName()).isEqualTo("input");
        browser.screenshot("rollback");
        keys.sendKeys(Keys.ESCAPE).perform();
        browser.until(
                "the dialog to close",
                () -> browser.driver
                        .findElements(By.cssSelector("dialog[open]"))
                        .isEmpty());
        assertThat(browser.driver.switchTo().activeElement())
                .as("focus goes back")
                .isEqualTo(rollback);
        assertThat(console.made("POST", "/api/groups/cart/rollbacks"))
                .allMatch(one -> one.query().equals("dryRun=true"));
    }

    @Test
    void an_upgrade_is_shown_in_words_before_it_begins() {
        open("/groups/cart/start");
        browser.see("section.panel table");
        WebElement why = browser.driver.findElement(By.cssSelector(".start .fields input[required]"));
        why.sendKeys("new checkout");
        WebElement percent = browser.driver.findElement(By.cssSelector("input[aria-label='Stage 2: Percent']"));
        percent.sendKeys("x");
        browser.reads(".warnings", "percent is from 0 to 100");
        percent.sendKeys(Keys.BACK_SPACE);
        browser.until(
                "no warning",
                () -> browser.driver.findElements(By.cssSelector(".warnings")).isEmpty());
        browser.press("Show what would be done");
        browser.reads("#dry-run", "wait for 1 approval");
        assertThat(console.made("POST", "/api/groups/cart/upgrades"))
                .allMatch(one -> one.query().equals("dryRun=true"));
        browser.screenshot("start-dry-run");
        // A plan is for what was typed when it was asked for.
        percent.sendKeys("0");
        browser.see(".start button.primary");
        assertThat(browser.text(".start button.primary")).isEqualTo("Show what would be done");
        percent.sendKeys(Keys.BACK_SPACE);
        browser.press("Start it: release 2.1.0");
        browser.until(
                "the page of the upgrade",
                () -> String.valueOf(browser.driver.getCurrentUrl())
                        .endsWith("/groups/cart/upgrades/" + FixtureConsole.UPGRADE));

        var begun = console.made("POST", "/api/groups/cart/upgrades").getLast();
        assertThat(begun.query()).isEmpty();
        assertThat(begun.json().path("mode").asString()).isEqualTo("GRAYSCALE");
        assertThat(begun.json().at("/stages/1/rule/percent").asInt()).isEqualTo(5);
        assertThat(begun.json().at("/stages/1/gates/0/type").asString()).isEqualTo("bake");
    }

    @Test
    void who_goes_where_is_checked_while_it_is_typed_and_written_on_the_version_that_was_read() {
        open("/groups/cart");
        browser.press("Change who goes where");
        WebElement colour = browser.see("dialog[open] fieldset select");
        colour.sendKeys("■");
        browser.reads("dialog[open] .warnings", "No GREEN cluster takes everybody");
        assertThat(browser.violations()).isEmpty();
        browser.screenshot("strategy");
        colour.sendKeys("●");
        browser.see("dialog[open] .simulate summary").click();
        browser.press("Try it out");
        browser.reads("dialog[open] .simulate table", "10000");
        assertThat(browser.violations()).isEmpty();
        browser.fill("Why?", "as it was");
        browser.press("Route so");
        browser.until(
                "the dialog to close",
                () -> browser.driver
                        .findElements(By.cssSelector("dialog[open]"))
                        .isEmpty());
        var sent = console.made("PUT", "/api/groups/cart/route-strategy");
        assertThat(sent).hasSize(1);
        assertThat(sent.getFirst().headers().get("if-match"))
                .isEqualTo("\"" + console.groups.get("cart").path("version").asLong() + "\"");
    }

    @Test
    void an_emergency_stops_all_releases_and_is_seen_where_groups_are() {
        console.answer("/api/freezes", "{\"version\":-1,\"windows\":[]}");
        open("/freezes");
        browser.reads("main", "There is no freeze window.");
        browser.press("Set a freeze window");
        WebElement name = browser.see("dialog[open] input[placeholder=freeze]");
        name.sendKeys("incident-8");
        browser.driver
                .findElement(By.cssSelector("dialog[open] input[maxlength='500']"))
                .sendKeys("payments fail");
        browser.see("dialog[open] summary").click();
        assertThat(browser.text("dialog[open] pre"))
                .contains("tricolor freeze set incident-8 --for 4h --reason 'payments fail'");
        browser.see("dialog[open] .choice label:nth-of-type(3)").click();
        browser.reads("dialog[open]", "Time zone");
        assertThat(browser.violations()).isEmpty();
        browser.screenshot("freeze");
        browser.see("dialog[open] .choice label:nth-of-type(1)").click();
        browser.press("Freeze");
        browser.until(
                "the window to be sent",
                () -> !console.made("POST", "/api/freezes").isEmpty());
        var sent = console.made("POST", "/api/freezes").getFirst().json();
        assertThat(sent.path("name").asString()).isEqualTo("incident-8");
        assertThat(sent.path("reason").asString()).isEqualTo("payments fail");
        assertThat(Instant.parse(sent.path("until").asString()))
                .isBetween(
                        Instant.now().plus(Duration.ofHours(3)), Instant.now().plus(Duration.ofHours(5)));
        assertThat(sent.has("weekly") || sent.has("groupId")).isFalse();

        console.reset();
        open("/");
        browser.reads(".frozen", "logins fail, nothing moves until we know why");
    }

    @Test
    void shows_what_an_instance_writes() {
        open("/groups/cart");
        browser.see("article.cluster details summary").click();
        browser.press("Log");
        browser.reads("dialog[open] .lines", "listens on port");
        assertThat(browser.text("dialog[open]")).contains("the instance has ended");
        assertThat(browser.violations()).isEmpty();
    }

    @Test
    void explains_where_an_id_would_go() {
        open("/groups/shop");
        WebElement id = browser.see("[aria-labelledby=explain-title] input");
        id.sendKeys("42", Keys.ENTER);
        browser.reads(".answer", "User 42 goes to");
        assertThat(browser.text(".answer")).contains("By table").doesNotContain("nowhere");
    }

    @Test
    void who_is_not_logged_in_sees_a_door() {
        console.logOut();
        open("/groups/shop");
        WebElement door = browser.see("main.door a.primary");
        assertThat(door.getDomAttribute("href")).isEqualTo("/door/login?to=%2Fgroups%2Fshop");
        assertThat(browser.text("main")).contains("./tricolor console").doesNotContain("shop");
        assertThat(browser.violations()).isEmpty();
        browser.screenshot("door");
    }
}
