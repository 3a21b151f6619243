package io.tricolor.deploy.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostsTest {

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
                    -,            http://127.0.0.1/x,        true
                    -,            http://169.254.169.254/x,  false
                    -,            http://[fe80::1]/x,        false
                    -,            http://0.0.0.0/x,          false
                    10.0.0.0/8,   http://10.200.3.4/x,       true
                    10.0.0.0/8,   http://11.0.0.1/x,         false
                    10.0.0.0/8,   http://127.0.0.1/x,        false
                    ::1/128,      http://[::1]/x,            true
                    localhost,    http://localhost/x,        true
                    localhost,    http://127.0.0.1/x,        false
                    127.0.0.0/8,  http://127.1.2.3/x,        true
                    169.254.0.0/16, http://169.254.1.1/x,    false
                    """)
    void decides_by_name_or_by_address(String allowed, String uri, boolean may) throws Exception {
        Hosts hosts = new Hosts(allowed == null ? List.of() : List.of(allowed));
        if (may) {
            hosts.check(URI.create(uri));
        } else {
            assertThatThrownBy(() -> hosts.check(URI.create(uri))).isInstanceOf(Hosts.Forbidden.class);
        }
    }

    @Test
    void a_suffix_stands_for_all_hosts_below_it() throws Exception {
        Hosts hosts = new Hosts(List.of("*.localhost"));
        assertThatThrownBy(() -> hosts.check(URI.create("http://127.0.0.1/x"))).isInstanceOf(Hosts.Forbidden.class);
        assertThatThrownBy(() -> hosts.check(URI.create("http://evillocalhost.invalid/x")))
                .isInstanceOf(java.io.IOException.class);
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.0/33", "10.0.0.0/x", "nexus/8", "a b"})
    void refuses_what_is_neither(String text) {
        assertThatThrownBy(() -> new Hosts(List.of(text))).isInstanceOf(IllegalArgumentException.class);
        assertThat(text).isNotBlank();
    }
}
