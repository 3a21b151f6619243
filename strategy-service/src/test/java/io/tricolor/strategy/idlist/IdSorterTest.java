package io.tricolor.strategy.idlist;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import io.tricolor.contracts.group.IdList;
import io.tricolor.routing.ListContent;
import io.tricolor.strategy.idlist.NewList.Sorted;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdSorterTest {

    private static long[] contentOf(Sorted sorted) throws IOException {
        ByteBuffer content = ByteBuffer.wrap(sorted.read(0, Integer.MAX_VALUE));
        ListContent.of(sorted.name(), content);
        long[] ids = new long[sorted.name().count()];
        content.order(ByteOrder.LITTLE_ENDIAN).asLongBuffer().get(ids);
        return ids;
    }

    private static long[] sorted(long... ids) throws IOException {
        try (IdSorter sorter = new IdSorter()) {
            for (long id : ids) {
                sorter.add(id);
            }
            return contentOf(sorter.sorted());
        }
    }

    private static long[] text(String body) throws IOException {
        try (IdSorter sorter = new IdSorter()) {
            IdBody.readText(new ByteArrayInputStream(body.getBytes(UTF_8)), sorter);
            return contentOf(sorter.sorted());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5_000, SortedNumbers.RUN + 1, 2 * SortedNumbers.RUN + 5_000})
    void sorts_and_drops_what_is_there_twice(int count) throws IOException {
        SplittableRandom random = new SplittableRandom(count);
        LongUnaryOperator[] orders = {
            i -> i,
            i -> -i,
            i -> i / 3,
            i -> random.nextLong(),
            i -> 7,
            i -> i % 2 == 0 ? Long.MAX_VALUE - i : Long.MIN_VALUE + i
        };
        for (LongUnaryOperator order : orders) {
            long[] ids = LongStream.range(0, count).map(order).toArray();
            assertThat(sorted(ids))
                    .isEqualTo(LongStream.of(ids).sorted().distinct().toArray());
        }
    }

    @Test
    void takes_as_many_as_a_list_may_have_and_at_least_one() throws IOException {
        try (IdSorter sorter = new IdSorter()) {
            refused(Code.INVALID_ARGUMENT, sorter::sorted);
        }
        try (IdSorter sorter = new IdSorter()) {
            for (int i = 0; i < IdList.MAX_COUNT; i++) {
                sorter.add(i);
            }
            refused(Code.PAYLOAD_TOO_LARGE, () -> sorter.add(0));
            assertThat(sorter.sorted().name().count()).isEqualTo(IdList.MAX_COUNT);
        }
    }

    @Test
    void reads_one_id_a_line() throws IOException {
        assertThat(text("3\n1\n2")).containsExactly(1, 2, 3);
        assertThat(text("\n 42\t\r\n\r\n-7\r\n0\n42\n")).containsExactly(-7, 0, 42);
        assertThat(text("9223372036854775807\n-9223372036854775808\n9007199254740993\n"))
                .containsExactly(Long.MIN_VALUE, 9_007_199_254_740_993L, Long.MAX_VALUE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "alice",
                "007",
                "+7",
                "-0",
                "00",
                "1.0",
                "1e3",
                "-",
                "--1",
                "1 2",
                "1,2",
                "\"1\"",
                "9223372036854775808",
                "-9223372036854775809",
                "99999999999999999999",
                "18446744073709551617",
                "Zo\u00eb",
                "111111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
            })
    void refuses_what_is_no_number_and_names_the_line(String wrong) {
        assertThatExceptionOfType(Rejected.class)
                .isThrownBy(() -> text("1\n\n" + wrong + "\n5\n"))
                .withMessageContaining("line 3: '" + wrong.substring(0, Math.min(20, wrong.length())))
                .satisfies(rejected -> assertThat(rejected.rejection().code()).isEqualTo(Code.INVALID_ID));
    }

    @Test
    void reads_int64_in_any_order() throws IOException {
        byte[] body = {2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1};
        try (IdSorter sorter = new IdSorter()) {
            IdBody.readBinary(new ByteArrayInputStream(body), sorter);
            assertThat(contentOf(sorter.sorted())).containsExactly(-1, 1, 2);
        }
        try (IdSorter sorter = new IdSorter()) {
            refused(
                    Code.INVALID_ARGUMENT,
                    () -> IdBody.readBinary(new ByteArrayInputStream(body, 0, body.length - 1), sorter));
        }
    }

    private static void refused(Code code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatExceptionOfType(Rejected.class)
                .isThrownBy(call)
                .satisfies(rejected -> assertThat(rejected.rejection().code()).isEqualTo(code));
    }
}
