package io.tricolor.console.pages;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.support.ui.WebDriverWait;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Chromium, as Debian has it; nothing is fetched. */
public final class Browser implements AutoCloseable {

    private static final Path SCREENSHOTS = Path.of("target/screenshots");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    final ChromeDriver driver;
    private Duration patience = Duration.ofSeconds(15);
    private @Nullable String axe;

    public Browser() throws IOException {
        var service = new ChromeDriverService.Builder()
                .usingDriverExecutable(found("chromedriver", "chromium-driver").toFile())
                .build();
        var options = new ChromeOptions();
        options.setBinary(found("chromium", "chromium-browser", "google-chrome").toFile());
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--lang=en-US",
                "--force-color-profile=srgb",
                "--hide-scrollbars");
        options.setCapability("goog:loggingPrefs", Map.of(LogType.BROWSER, "ALL", LogType.PERFORMANCE, "ALL"));
        driver = new ChromeDriver(service, options);
        desktop();
        Files.createDirectories(SCREENSHOTS);
    }

    private static Path found(String... names) {
        for (String name : names) {
            for (String directory : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
                Path program = Path.of(directory, name);
                if (Files.isExecutable(program)) {
                    return program;
                }
            }
        }
        throw new IllegalStateException(String.join(" or ", names)
                + " was not found on the PATH; ./tricolor test installs it (Debian: chromium, chromium-driver)");
    }

    /** How long it waits for what is to be seen; 15 s where nothing is said. */
    public void patience(Duration time) {
        patience = time;
    }

    void desktop() {
        driver.manage().window().setSize(new Dimension(1280, 900));
    }

    /** As on a phone: 390 pixels of CSS, which a window of a desktop cannot have. */
    void phone() {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", 390, "height", 844, "deviceScaleFactor", 1, "mobile", true));
    }

    void noPhone() {
        driver.executeCdpCommand("Emulation.clearDeviceMetricsOverride", Map.of());
    }

    /** Forgets language and theme. */
    void forget(String origin) {
        driver.executeCdpCommand(
                "Storage.clearDataForOrigin", Map.of("origin", origin, "storageTypes", "local_storage"));
    }

    public void open(String address) {
        driver.get(address);
    }

    public WebElement see(String selector) {
        return Objects.requireNonNull(waiting("to see " + selector)
                .until(it -> it.findElements(By.cssSelector(selector)).stream()
                        .filter(WebElement::isDisplayed)
                        .findFirst()
                        .orElse(null)));
    }

    WebElement button(String text) {
        return Objects.requireNonNull(waiting("for a button " + text)
                .until(it -> buttons(text).stream().findFirst().orElse(null)));
    }

    /** In one call: asking the browser about each button takes longer than a page does to open. */
    private List<WebElement> buttons(String text) {
        return run(
                "return [...document.querySelectorAll('button, a')]"
                        + ".filter(e => e.checkVisibility() && e.innerText.trim() === arguments[0])",
                text);
    }

    public void press(String text) {
        WebElement button = button(text);
        run("arguments[0].scrollIntoView({block: 'center'})", button);
        button.click();
    }

    public void until(String what, BooleanSupplier condition) {
        waiting(what).until(_ -> condition.getAsBoolean());
    }

    /** Types into the field with this label in place of what is there, or chooses in it. */
    public void fill(String label, String text) {
        until("a field " + label, () -> this.<Boolean>run("""
                        const shown = document.querySelector('dialog[open]') ?? document;
                        const field = shown.querySelector(`[aria-label="${arguments[0]}"]`)
                          ?? [...shown.querySelectorAll('label')]
                            .filter(e => e.innerText.trim().startsWith(arguments[0]))
                            .map(e => e.querySelector('input, select, textarea')).find(e => e);
                        if (!field) return false;
                        field.value = arguments[1];
                        for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, {bubbles: true}));
                        return true;""", label, text));
    }

    /** Says why in the dialog that is open, sends it, and waits until it is closed. */
    public void confirm(String reason) {
        see("dialog[open] input[maxlength='500']").sendKeys(reason);
        see("dialog[open] button[type=submit]").click();
        until(
                "the dialog to close",
                () -> driver.findElements(By.cssSelector("dialog[open]")).isEmpty());
    }

    /** Until the text of an element holds these words. */
    public void reads(String selector, String words) {
        until(
                selector + " to read " + words + ", not " + text(selector),
                () -> text(selector).contains(words));
    }

    public String text(String selector) {
        Object text =
                run("return [...document.querySelectorAll(arguments[0])].map(e => e.innerText).join('\\n')", selector);
        return String.valueOf(text);
    }

    private WebDriverWait waiting(String what) {
        var wait = new WebDriverWait(driver, patience, Duration.ofMillis(50));
        wait.withMessage(
                () -> what + "; there is: " + text("body").lines().limit(40).toList());
        wait.ignoring(StaleElementReferenceException.class);
        return wait;
    }

    public <T> T run(String script, Object... arguments) {
        return evaluated(((JavascriptExecutor) driver).executeScript(script, arguments));
    }

    @SuppressWarnings({"unchecked", "NullAway", "TypeParameterUnusedInFormals"
    }) // the caller knows what its script answers
    private static <T> T evaluated(Object answer) {
        return (T) answer;
    }

    void theme(String name) {
        run("document.documentElement.dataset.theme = arguments[0]", name);
    }

    public void screenshot(String name) {
        try {
            Files.write(SCREENSHOTS.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String axe() {
        if (axe == null) {
            try {
                axe = Files.readString(Path.of("src/test/vendor/axe-core/axe.min.js"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return axe;
    }

    /** What axe finds wrong with the page as it is now; one line each. */
    List<String> violations() {
        if (!this.<Boolean>run("return typeof window.axe === 'object'")) {
            run(axe());
        }
        Object found = driver.executeAsyncScript("const done = arguments[arguments.length - 1];"
                + "axe.run(document, {resultTypes: ['violations'],"
                + " runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
                + ".then(r => done(JSON.stringify(r.violations)),"
                + " e => done(JSON.stringify([{id: String(e), nodes: []}])))");
        List<String> lines = new ArrayList<>();
        for (JsonNode violation : JSON.readTree(String.valueOf(found))) {
            for (JsonNode node : violation.path("nodes")) {
                lines.add(violation.path("id").asString("") + ": "
                        + node.path("html").asString("") + " "
                        + node.path("failureSummary").asString(""));
            }
            if (violation.path("nodes").isEmpty()) {
                lines.add(violation.path("id").asString(""));
            }
        }
        return lines;
    }

    /** Addresses that were asked for since the last call. */
    public List<String> requests() {
        List<String> addresses = new ArrayList<>();
        for (LogEntry entry : driver.manage().logs().get(LogType.PERFORMANCE)) {
            JsonNode message = JSON.readTree(entry.getMessage()).path("message");
            if (message.path("method").asString("").equals("Network.requestWillBeSent")) {
                addresses.add(message.path("params").path("request").path("url").asString(""));
            }
        }
        return addresses;
    }

    /** Complaints of the browser since the last call; answers that say no are no complaints of the page. */
    public List<String> complaints() {
        List<String> complaints = new ArrayList<>();
        for (LogEntry entry : driver.manage().logs().get(LogType.BROWSER)) {
            if (entry.getLevel().intValue() >= java.util.logging.Level.WARNING.intValue()
                    && !entry.getMessage().contains("Failed to load resource")) {
                complaints.add(entry.getMessage());
            }
        }
        return complaints;
    }

    /** Whether the page can be scrolled sideways, which nobody with a phone wants. */
    void fitsTheWidth(String what) {
        Long wide = run("return document.documentElement.scrollWidth - document.documentElement.clientWidth");
        assertThat(wide).as("pixels by which %s is too wide", what).isZero();
    }

    @Override
    public void close() {
        driver.quit();
    }
}
