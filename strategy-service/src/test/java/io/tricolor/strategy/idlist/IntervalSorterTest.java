package io.tricolor.strategy.idlist;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.IdInterval;
import io.tricolor.contracts.group.IdList;
import io.tricolor.routing.ListContent;
import io.tricolor.routing.SortedIntervals;
import io.tricolor.strategy.idlist.NewList.Sorted;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IntervalSorterTest {

    private static List<IdInterval> contentOf(Sorted sorted) throws IOException {
        ByteBuffer content = ByteBuffer.wrap(sorted.read(0, Integer.MAX_VALUE));
        return ((SortedIntervals) ListContent.of(sorted.name(), content))
                .intervals()
                .toList();
    }

    private static List<IdInterval> text(String body) throws IOException {
        try (IntervalSorter sorter = new IntervalSorter()) {
            IdBody.readTextOfIntervals(new ByteArrayInputStream(body.getBytes(UTF_8)), sorter);
            return contentOf(sorter.sorted());
        }
    }

    private static List<IdInterval> binary(ByteBuffer body) throws IOException {
        try (IntervalSorter sorter = new IntervalSorter()) {
            IdBody.readBinaryOfIntervals(new ByteArrayInputStream(body.array()), sorter);
            return contentOf(sorter.sorted());
        }
    }

    /** As many runs as it takes: the same as what is merged in memory. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5_000, SortedNumbers.RUN + 1, 2 * SortedNumbers.RUN + 5_000})
    void sorts_and_merges_as_in_memory(int count) throws IOException {
        SplittableRandom random = new SplittableRandom(count);
        long[] starts = new long[count];
        long[] ends = new long[count];
        try (IntervalSorter sorter = new IntervalSorter()) {
            for (int i = 0; i < count; i++) {
                starts[i] = random.nextLong(10L * count);
                ends[i] = starts[i] + random.nextLong(8);
                sorter.add(starts[i], ends[i]);
            }
            int merged = SortedIntervals.merge(starts, ends, count);
            assertThat(contentOf(sorter.sorted()))
                    .isEqualTo(IntStream.range(0, merged)
                            .mapToObj(i -> new IdInterval(starts[i], ends[i]))
                            .toList());
        }
    }

    @Test
    void takes_as_many_as_a_list_may_have_and_at_least_one() throws IOException {
        try (IntervalSorter sorter = new IntervalSorter()) {
            refused(Code.INVALID_ARGUMENT, sorter::sorted);
        }
        try (IntervalSorter sorter = new IntervalSorter()) {
            int most = IdList.Kind.INTERVALS.maxCount();
            for (int i = 0; i < most; i++) {
                sorter.add(3L * i, 3L * i + 1);
            }
            refused(Code.PAYLOAD_TOO_LARGE, () -> sorter.add(0, 1));
            assertThat(sorter.sorted().name().count()).isEqualTo(most);
        }
    }

    @Test
    void reads_one_interval_a_line() throws IOException {
        assertThat(text("600 10000\n\n1\t100\r\n 7,9\n-5 , -3\n9223372036854775807 9223372036854775807\n"))
                .containsExactly(
                        new IdInterval(-5, -3),
                        new IdInterval(1, 100),
                        new IdInterval(600, 10_000),
                        new IdInterval(Long.MAX_VALUE, Long.MAX_VALUE));
        assertThat(text("-9223372036854775808 -1\n0 9223372036854775807"))
                .containsExactly(new IdInterval(Long.MIN_VALUE, Long.MAX_VALUE));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            7            | is no interval
            7,           | is no interval
            7,,9         | ',9'
            ,9           | ''
            1 2 3        | '2 3'
            1-5          | is no interval
            9 7          | interval [9, 7] is reversed
            a b          | 'a'
            01 5         | '01'
            1 9223372036854775808 | '9223372036854775808'
            """)
    void refuses_what_is_no_interval_and_names_the_line(String wrong, String detail) {
        assertThatExceptionOfType(Rejected.class)
                .isThrownBy(() -> text("1 2\n\n" + wrong + "\n5 6\n"))
                .withMessageContaining("line 3: ")
                .withMessageContaining(detail)
                .satisfies(rejected -> assertThat(rejected.rejection().code()).isEqualTo(Code.INVALID_INTERVAL));
    }

    @Test
    void reads_pairs_of_int64_in_any_order() throws IOException {
        ByteBuffer body = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
        body.putLong(7).putLong(9).putLong(-3).putLong(-3);
        assertThat(binary(body)).containsExactly(new IdInterval(-3, -3), new IdInterval(7, 9));
        refused(Code.INVALID_ARGUMENT, () -> binary(ByteBuffer.allocate(24)));
        refused(
                Code.INVALID_INTERVAL,
                () -> binary(ByteBuffer.allocate(16)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(2)
                        .putLong(1)));
    }

    private static void refused(Code code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatExceptionOfType(Rejected.class)
                .isThrownBy(call)
                .satisfies(rejected -> assertThat(rejected.rejection().code()).isEqualTo(code));
    }
}
