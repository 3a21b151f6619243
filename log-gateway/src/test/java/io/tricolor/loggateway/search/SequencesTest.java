package io.tricolor.loggateway.search;

import static org.assertj.core.api.Assertions.assertThat;

import io.tricolor.loggateway.search.Sequences.Range;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SequencesTest {

    @Test
    void lists_what_another_set_lacks_as_ranges() {
        Sequences published = of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        assertThat(published.without(of(0, 1, 4, 5, 9))).containsExactly(new Range(2, 3), new Range(6, 8));
        assertThat(published.without(published)).isEmpty();
        assertThat(published.without(new Sequences())).containsExactly(new Range(0, 9));
    }

    @Test
    void lists_gaps_from_the_first_position_of_a_stream() {
        assertThat(of(2, 3, 6).gapsFrom(0)).containsExactly(new Range(0, 1), new Range(4, 5));
        assertThat(of(2, 3, 6).gapsFrom(2)).containsExactly(new Range(4, 5));
        assertThat(of(0, 1, 2).gapsFrom(0)).isEmpty();
        assertThat(new Sequences().gapsFrom(0)).isEmpty();
        assertThat(of(2, 3).lowest()).isEqualTo(2);
        assertThat(new Sequences().lowest()).isEqualTo(-1);
        assertThat(new Sequences().highest()).isEqualTo(-1);
    }

    @Test
    void agrees_with_a_plain_set_in_any_order_of_arrival() {
        Random random = new Random(20261123);
        for (int round = 0; round < 200; round++) {
            TreeSet<Long> expected = new TreeSet<>();
            TreeSet<Long> other = new TreeSet<>();
            for (int i = 0; i < 40; i++) {
                expected.add((long) random.nextInt(60));
                other.add((long) random.nextInt(60));
            }
            Sequences sequences = shuffled(expected, random);
            assertThat(sequences.size()).isEqualTo(expected.size());
            assertThat(sequences.highest()).isEqualTo(expected.last());
            TreeSet<Long> difference = new TreeSet<>(expected);
            difference.removeAll(other);
            assertThat(numbers(sequences.without(shuffled(other, random)))).containsExactlyElementsOf(difference);
        }
    }

    @Test
    void adds_ranges_like_the_numbers_of_them() {
        Random random = new Random(20261128);
        for (int round = 0; round < 500; round++) {
            TreeSet<Long> expected = new TreeSet<>();
            Sequences sequences = new Sequences();
            for (int i = 0; i < 6; i++) {
                long from = random.nextInt(40);
                long to = from + random.nextInt(12) - 2;
                LongStream.rangeClosed(from, to).forEach(expected::add);
                if (i % 2 == 0) {
                    sequences.add(from, to);
                } else {
                    sequences.add(Sequences.between(from, to));
                }
            }
            assertThat(numbers(sequences.without(new Sequences()))).containsExactlyElementsOf(expected);
            assertThat(sequences.size()).isEqualTo(expected.size());
        }
    }

    private static Sequences shuffled(TreeSet<Long> numbers, Random random) {
        List<Long> list = new ArrayList<>(numbers);
        list.addAll(numbers.headSet(30L));
        Collections.shuffle(list, random);
        return of(list.stream().mapToLong(Long::longValue).toArray());
    }

    private static List<Long> numbers(List<Range> ranges) {
        return ranges.stream()
                .flatMapToLong(range -> LongStream.rangeClosed(range.from(), range.to()))
                .boxed()
                .toList();
    }

    private static Sequences of(long... numbers) {
        Sequences sequences = new Sequences();
        for (long number : numbers) {
            sequences.add(number);
        }
        return sequences;
    }
}
