package io.tricolor.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class RejectionTest {

    private static final List<Integer> STATUSES =
            List.of(400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 429, 500, 502, 503, 504);

    /** A row of a table on the page: code, status, meaning, what to do; none of them empty. */
    private static final Pattern ROW =
            Pattern.compile("^\\| `([A-Z_]+)` \\| (\\d{3}) \\| \\S[^|\\n]+ \\| \\S[^|\\n]+ \\|$", Pattern.MULTILINE);

    private static final Pattern SLUG = Pattern.compile("[a-z]+(-[a-z]+)*");

    @Test
    void codes_have_slugs_of_their_own() {
        assertThat(Arrays.stream(Rejection.Code.values()).map(Rejection.Code::slug))
                .doesNotHaveDuplicates()
                .allMatch(slug -> SLUG.matcher(slug).matches());
    }

    @Test
    void codes_have_a_status_that_is_registered_for_errors() {
        assertThat(Arrays.stream(Rejection.Code.values()).map(Rejection.Code::httpStatus))
                .isSubsetOf(STATUSES);
    }

    @Test
    void codes_are_explained_on_the_page_of_problems() throws IOException {
        Path page = Path.of(System.getProperty("tricolor.home"), "docs/problems.md");
        Map<String, Integer> explained = new TreeMap<>();
        Matcher row = ROW.matcher(Files.readString(page));
        while (row.find()) {
            assertThat(explained.put(row.group(1), Integer.valueOf(row.group(2))))
                    .as("rows of " + row.group(1))
                    .isNull();
        }
        Map<String, Integer> codes = new TreeMap<>();
        Arrays.stream(Rejection.Code.values()).forEach(code -> codes.put(code.name(), code.httpStatus()));
        assertThat(explained).isEqualTo(codes);
    }

    @Test
    void the_exception_carries_code_and_message() {
        Rejected rejected = new Rejected(Rejection.Code.GROUP_NOT_FOUND, "there is no group x");
        assertThat(rejected.rejection())
                .isEqualTo(new Rejection(Rejection.Code.GROUP_NOT_FOUND, "there is no group x"));
        assertThat(rejected).hasMessage("GROUP_NOT_FOUND: there is no group x");
    }
}
