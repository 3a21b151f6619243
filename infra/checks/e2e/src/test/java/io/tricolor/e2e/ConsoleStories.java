package io.tricolor.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.console.pages.Browser;
import io.tricolor.standalone.cli.CommandLineInterface;
import io.tricolor.standalone.suite.Port;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;

/** People in front of a browser, each let in by a link of their own. They press buttons, and nothing else is done. */
final class ConsoleStories implements AutoCloseable {

    /** How an upgrade stands, on its page. */
    private static final String STATE = ".upgrade-head .state";

    private final RunningSuite suite;
    private final String group;
    private final Browser browser = new Browser();

    ConsoleStories(RunningSuite suite, String group) throws IOException {
        this.suite = suite;
        this.group = group;
        browser.patience(SuiteScenarios.PATIENCE);
    }

    /** Lets somebody in, in place of who was there. */
    private void enter(String subject, String roles) {
        StringWriter printed = new StringWriter();
        int code = CommandLineInterface.create()
                .setOut(new PrintWriter(printed))
                .execute(
                        "console",
                        "--no-open",
                        "--subject",
                        subject,
                        "--role",
                        roles,
                        "--data-dir",
                        suite.suite().dataDir().toString());
        assertThat(code).isZero();
        browser.open(printed.toString().strip());
        browser.reads("header.top", subject);
    }

    private void open(String path) {
        browser.open(suite.url(Port.CONSOLE) + path);
    }

    /** A release that fails for half of the users: its gate sees it and holds it, and a person takes it back. */
    void takesAFailingReleaseBack() {
        enter("olivia", "operator");
        open("/groups/" + group + "/start");
        browser.fill("Release", "2.0.0-bad");
        browser.run("const manifest = document.querySelector('textarea.mono');"
                + "manifest.value = manifest.value.replace('\"env\": {}', '\"env\": {\"FAIL_PERCENT\": \"60\"}');"
                + "manifest.dispatchEvent(new Event('input', {bubbles: true}));");
        browser.see("button[aria-label='Stage 1: Remove']").click();
        browser.fill("Stage 1: Percent", "50");
        browser.fill("Stage 1: Bake time", "");
        browser.fill("Stage 1: Requests", "20");
        browser.fill("Stage 1: On FAIL", "PAUSE");
        browser.fill("Why?", "new checkout");
        browser.press("Show what would be done");
        browser.press("Start it: release 2.0.0-bad");
        browser.reads("[aria-labelledby=stages-title] td .state", "FAIL");
        browser.reads(STATE, "paused");
        browser.screenshot("story-gate-failed");
        browser.press("Abort");
        browser.confirm("half of the answers are errors");
        browser.reads(STATE, "taken back");
        browser.screenshot("story-taken-back");
        open("/groups/" + group);
        browser.reads("article[aria-label='Cluster A'] .chip", "GREEN");
        browser.reads("article[aria-label='Cluster B'] .chip", "RED");
        nothingWentWrongUnseen();
    }

    /** In an emergency nothing moves, approved or not; one upgrade goes on all the same, because an admin says so. */
    void goesOnInSpiteOfAFreeze(String upgrade) {
        String page = "/groups/" + group + "/upgrades/" + upgrade;
        enter("adam", "operator,approver");
        open("/freezes");
        browser.press("Set a freeze window");
        browser.fill("Name", "incident");
        browser.fill("About", "groupId");
        browser.fill("Group", group);
        browser.confirm("payments fail");
        browser.reads("tr[data-window=incident]", "in force until");
        open("/");
        browser.reads(".frozen", "payments fail");
        open(page);
        browser.press("Approve");
        browser.confirm("the answers look good");
        browser.reads("[aria-labelledby=now-title]", "incident");
        assertThat(browser.text(".upgrade-head")).doesNotContain("Go on in spite of the freeze");
        browser.screenshot("story-frozen");

        enter("ada", "admin");
        open(page);
        browser.press("Go on in spite of the freeze");
        browser.confirm("it closes the hole");
        browser.reads(STATE, "completed");
        open("/groups/" + group + "/history?type=freeze-overridden");
        browser.reads(".history", "it closes the hole");
        open("/freezes");
        browser.press("Lift");
        browser.confirm("payments work again");
        browser.reads("main", "There is no freeze window.");
        nothingWentWrongUnseen();
    }

    /** The policy of the pages held, and nobody else was asked. */
    private void nothingWentWrongUnseen() {
        assertThat(browser.complaints()).isEmpty();
        String door = suite.url(Port.CONSOLE).toString();
        assertThat(browser.requests()).allMatch(address -> address.startsWith(door) || address.startsWith("data:"));
    }

    @Override
    public void close() {
        browser.close();
    }
}
