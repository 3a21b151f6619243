package io.tricolor.nginxtemplate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class DecimalRangeTest {

    private static final List<String> NOT_CANONICAL =
            List.of("", "-", "-0", "00", "01", "-01", "+1", "1.0", " 1", "1 ", "1a", "0x1", "९");

    @Test
    void is_exact_for_every_small_interval() {
        List<String> texts =
                LongStream.rangeClosed(-125, 125).mapToObj(Long::toString).toList();
        for (long from = -112; from <= 112; from++) {
            for (long to = from; to <= 112; to++) {
                Pattern pattern = Pattern.compile(DecimalRange.pattern(from, to));
                for (String text : texts) {
                    long number = Long.parseLong(text);
                    if (pattern.matcher(text).matches() != (from <= number && number <= to)) {
                        throw new AssertionError("[" + from + ", " + to + "] and " + text + ": " + pattern);
                    }
                }
            }
        }
    }

    @Test
    void matches_no_text_that_is_not_canonical() {
        for (long[] ends : new long[][] {{-1, 1}, {0, 0}, {Long.MIN_VALUE, Long.MAX_VALUE}, {-100, 1000}}) {
            Pattern pattern = Pattern.compile(DecimalRange.pattern(ends[0], ends[1]));
            assertThat(NOT_CANONICAL).noneMatch(text -> pattern.matcher(text).matches());
        }
    }

    @Test
    void is_exact_at_the_ends_of_large_intervals_and_at_random_inside_and_outside() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            long a = number(random);
            long b = number(random);
            long from = Math.min(a, b);
            long to = Math.max(a, b);
            Pattern pattern = Pattern.compile(DecimalRange.pattern(from, to));
            for (long end : new long[] {from, to}) {
                for (int offset = -2; offset <= 2; offset++) {
                    check(seed, from, to, pattern, BigInteger.valueOf(end).add(BigInteger.valueOf(offset)));
                }
            }
            for (int probe = 0; probe < 10; probe++) {
                check(seed, from, to, pattern, BigInteger.valueOf(number(random)));
            }
        }
    }

    /** Every length and sign is as likely as any other, and round numbers are frequent. */
    private static long number(Random random) {
        long number = random.nextLong() >> random.nextInt(64);
        return random.nextInt(4) == 0 ? number - number % 1_000 : number;
    }

    private static void check(long seed, long from, long to, Pattern pattern, BigInteger number) {
        boolean inside =
                number.compareTo(BigInteger.valueOf(from)) >= 0 && number.compareTo(BigInteger.valueOf(to)) <= 0;
        assertThat(pattern.matcher(number.toString()).matches())
                .as("seed %d: [%d, %d] and %d: %s", seed, from, to, number, pattern)
                .isEqualTo(inside);
    }

    @Test
    void knows_all_of_int64_and_nothing_more() {
        Pattern pattern = Pattern.compile(DecimalRange.pattern(Long.MIN_VALUE, Long.MAX_VALUE));
        assertThat(List.of("-9223372036854775808", "9223372036854775807", "0", "-1"))
                .allMatch(text -> pattern.matcher(text).matches());
        assertThat(List.of("-9223372036854775809", "9223372036854775808", "10000000000000000000"))
                .noneMatch(text -> pattern.matcher(text).matches());
    }

    @Test
    void grows_with_the_digits_only() {
        assertThat(DecimalRange.pattern(600, 10_000)).isEqualTo("(?:[6-9][0-9]{2}|[1-9][0-9]{3}|10000)");
        assertThat(DecimalRange.pattern(-8_765_432_109_876_543_210L, 8_765_432_109_876_543_210L))
                .hasSizeLessThan(1_500);
        assertThatThrownBy(() -> DecimalRange.pattern(2, 1)).isInstanceOf(IllegalArgumentException.class);
    }
}
