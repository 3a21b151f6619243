package io.tricolor.console.pages;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

/** What the build made of the sources. */
class BundleTest {

    private static final Path CONSOLE = Path.of("target/classes/console");
    private static final int MOST_BYTES = 60 * 1024;
    private static final Pattern STATIC_IMPORT = Pattern.compile("(?:from|import)\\s*\"\\./([^\"]+\\.js)\"");
    private static final Pattern LATER_IMPORT = Pattern.compile("import\\(\"\\./([^\"]+\\.js)\"\\)");

    @Test
    void no_page_needs_more_than_60_KB_of_script() throws IOException {
        String index = Files.readString(CONSOLE.resolve("index.html"));
        String entry = first(Pattern.compile("src=\"/assets/(app-[A-Z0-9]+\\.js)\""), index);
        Set<String> whole = new TreeSet<>();
        closure(entry, whole);
        Set<String> pages = new TreeSet<>();
        Matcher later =
                LATER_IMPORT.matcher(Files.readString(CONSOLE.resolve("assets").resolve(entry)));
        while (later.find()) {
            pages.add(later.group(1));
        }
        assertThat(pages).as("pages that come later").hasSizeGreaterThan(8);
        // A reader of Chinese gets the texts as well.
        try (Stream<Path> files = Files.list(CONSOLE.resolve("assets"))) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("zh-"))
                    .forEach(whole::add);
        }
        for (String page : pages) {
            Set<String> scripts = new TreeSet<>(whole);
            closure(page, scripts);
            int bytes = 0;
            for (String script : scripts) {
                bytes += gzip(CONSOLE.resolve("assets").resolve(script));
            }
            System.out.println(page + " with all that it needs: " + bytes + " bytes of script, gzip");
            assertThat(bytes).as("%s with %s", page, scripts).isLessThanOrEqualTo(MOST_BYTES);
        }
    }

    @Test
    void the_page_has_no_script_or_style_of_its_own() throws IOException {
        String index = Files.readString(CONSOLE.resolve("index.html"));

        assertThat(index).doesNotContain("<style").doesNotContain("style=").doesNotContain("@SCRIPT@");
        assertThat(index).doesNotContainPattern("<script(?![^>]* src=)").doesNotContainPattern(" on[a-z]+=");
        Matcher asset = Pattern.compile("\"/(assets/[^\"]+)\"").matcher(index);
        int assets = 0;
        while (asset.find()) {
            assertThat(CONSOLE.resolve(asset.group(1))).isNotEmptyFile();
            assets++;
        }
        assertThat(assets).isEqualTo(3);
    }

    /** A script and all that it imports at once; what it imports later is not part of it. */
    private static void closure(String script, Set<String> found) throws IOException {
        if (!found.add(script)) {
            return;
        }
        String text = Files.readString(CONSOLE.resolve("assets").resolve(script));
        Matcher imported = STATIC_IMPORT.matcher(text);
        while (imported.find()) {
            closure(imported.group(1), found);
        }
    }

    private static String first(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        assertThat(matcher.find()).as("%s in %s", pattern, text).isTrue();
        return matcher.group(1);
    }

    private static int gzip(Path file) throws IOException {
        var octets = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(octets)) {
            gzip.write(Files.readAllBytes(file));
        }
        return octets.size();
    }
}
