package io.tricolor.router.sources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.tricolor.router.sources.Addresses.Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AddressesTest {

    private final AtomicLong now = new AtomicLong();
    private final List<String> failed = new ArrayList<>();
    private final Addresses addresses =
            new Addresses(List.of("http://a/", "http://b", "http://c", "http://a"), failed::add, now::get);

    private List<String> order() {
        return addresses.inOrder().stream().map(Address::url).toList();
    }

    private Address address(String url) {
        return addresses.inOrder().stream()
                .filter(one -> one.url().equals(url))
                .findFirst()
                .orElseThrow();
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }

    @Test
    void are_tried_in_the_order_given_each_once() {
        assertThat(order()).containsExactly("http://a", "http://b", "http://c");
        assertThat(addresses).hasToString("http://a, http://b, http://c");
        assertThatIllegalArgumentException().isThrownBy(() -> new Addresses(List.of(), failed::add));
    }

    @Test
    void begin_with_the_one_that_answered_last() {
        address("http://b").answered();
        assertThat(order()).containsExactly("http://b", "http://c", "http://a");
        assertThat(addresses.current()).isEqualTo("http://b");
    }

    @Test
    void leave_one_that_fails_alone_for_longer_each_time_until_it_answers() {
        address("http://a").failed(true);
        assertThat(order()).containsExactly("http://b", "http://c", "http://a");
        pass(Duration.ofSeconds(1));
        assertThat(order()).containsExactly("http://a", "http://b", "http://c");

        address("http://a").failed(false);
        pass(Duration.ofMillis(1_999));
        assertThat(addresses.current()).isEqualTo("http://b");
        pass(Duration.ofMillis(1));
        assertThat(addresses.current()).isEqualTo("http://a");

        for (int i = 0; i < 80; i++) {
            address("http://a").failed(true);
        }
        pass(Duration.ofSeconds(29));
        assertThat(addresses.current()).isEqualTo("http://b");
        pass(Duration.ofSeconds(1));
        assertThat(addresses.current()).isEqualTo("http://a");

        address("http://a").answered();
        address("http://a").failed(true);
        pass(Duration.ofSeconds(1));
        assertThat(addresses.current()).isEqualTo("http://a");
        assertThat(failed).hasSize(83).containsOnly("http://a");
    }

    @Test
    void always_have_one_to_ask() {
        address("http://a").failed(true);
        address("http://a").failed(true);
        address("http://b").failed(true);
        pass(Duration.ofMillis(100));
        address("http://c").failed(true);
        assertThat(order()).as("the nearest first").containsExactly("http://b", "http://c", "http://a");
    }

    @Test
    void take_calls_away_from_a_silent_one_while_there_is_another() {
        List<String> givenUp = new ArrayList<>();
        Runnable ended = () -> givenUp.add("ended");
        Address a = address("http://a");
        a.begins(() -> givenUp.add("waiting"));
        a.begins(ended);
        a.ends(ended);
        a.failed(false);
        assertThat(givenUp).as("it answers, though by a failure").isEmpty();
        a.failed(true);
        assertThat(givenUp).containsExactly("waiting");

        address("http://b").failed(true);
        Address c = address("http://c");
        c.begins(() -> givenUp.add("last"));
        c.failed(true);
        assertThat(givenUp).as("there is nobody else").containsExactly("waiting");
    }
}
