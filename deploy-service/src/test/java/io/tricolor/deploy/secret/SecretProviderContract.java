package io.tricolor.deploy.secret;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** What every provider of secrets does. */
abstract class SecretProviderContract {

    /** A provider that has exactly these. */
    abstract SecretProvider with(Map<String, String> secrets) throws Exception;

    @Test
    void has_the_value_of_a_name_as_it_is() throws Exception {
        String strange = "p\u00e4ss = \"w\" $HOME \u96ea";
        SecretProvider provider = with(Map.of("db.main", strange, "mail-relay_2", "x"));
        assertThat(provider.find("db.main")).contains(strange);
        assertThat(provider.find("mail-relay_2")).contains("x");
    }

    @Test
    void says_that_there_is_none_of_another_name() throws Exception {
        SecretProvider provider = with(Map.of("db.main", "x"));
        assertThat(provider.find("db")).isEmpty();
        assertThat(provider.find("db.main2")).isEmpty();
        assertThat(with(Map.of()).find("db.main")).isEmpty();
    }

    @Test
    void an_empty_secret_is_one() throws Exception {
        assertThat(with(Map.of("none", "")).find("none")).contains("");
    }
}
