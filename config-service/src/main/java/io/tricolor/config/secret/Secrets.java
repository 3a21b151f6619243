package io.tricolor.config.secret;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.prometheus.client.Counter;
import io.tricolor.config.namespace.domain.NamespaceId;
import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.Rejection.Code;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;

/**
 * Encrypts values, and decrypts them for the applications that they are for. An encrypted value is
 * <code>{cipher}{app:shop}{key:…}</code> and Base64: it names its application, to which it is bound, and its data key.
 * That of {@code application} is for all. Contents keep the encrypted value, so exchanging a master key changes no
 * revision. Blocking.
 */
@Component
public class Secrets implements SmartInitializingSingleton {

    private static final Pattern OURS =
            Pattern.compile("\\{cipher}\\{app:([A-Za-z0-9._-]{1,100})}\\{key:([0-9a-f]{16})}([A-Za-z0-9_-]{38,})");

    private static final String UNREADABLE = "invalid.";

    private static final Counter UNDECRYPTABLE = Counter.build(
                    "tricolor_config_undecryptable_total",
                    "Encrypted values that could not be decrypted for the application that read them")
            .register();

    private final JdbcClient jdbc;
    private final @Nullable MasterKeys masters;
    private final @Nullable DataKeys keys;

    Secrets(EncryptionProperties properties, JdbcClient jdbc, PlatformTransactionManager transactionManager) {
        this.jdbc = jdbc;
        this.masters = MasterKeys.read(properties.keysFile());
        this.keys = masters == null ? null : new DataKeys(jdbc, transactionManager, masters);
    }

    /** A service that cannot open what is stored does not start: it would hand encrypted values to applications. */
    @Override
    public void afterSingletonsInstantiated() {
        List<String> needed = jdbc.sql("select distinct master from config_data_key")
                .query(String.class)
                .list();
        if (masters == null && !needed.isEmpty()) {
            throw new IllegalStateException(
                    "tricolor.config.encryption.keys-file is missing, and values are encrypted with keys of it");
        }
        if (masters != null) {
            needed.forEach(masters::key);
        }
    }

    /** Throws {@link Rejected} with {@code ENCRYPTION_OFF} where no key is set up. */
    public void ready() {
        keys();
    }

    private DataKeys keys() {
        if (keys == null) {
            throw new Rejected(Code.ENCRYPTION_OFF, "this service has no keys");
        }
        return keys;
    }

    /** An encrypted value that is for one application, or for all ({@link NamespaceId#SHARED}). */
    public String encrypt(String text, String application) {
        DataKeys.Named key = keys().newest();
        byte[] sealed = Sealed.seal(key.key(), text.getBytes(UTF_8), bound(application));
        return "{cipher}{app:" + application + "}{key:" + key.id() + "}"
                + Base64.getUrlEncoder().withoutPadding().encodeToString(sealed);
    }

    /** The text of an encrypted value. Throws {@link Rejected} when it is none, or was changed. */
    public String decrypt(String value) {
        DataKeys all = keys();
        Matcher parts = OURS.matcher(value);
        if (!parts.matches()) {
            throw new Rejected(Code.INVALID_ARGUMENT, "the text is no value that was encrypted here");
        }
        return open(all, parts)
                .orElseThrow(() -> new Rejected(Code.INVALID_ARGUMENT, "the value was changed, or its key is unknown"));
    }

    /**
     * The values of a namespace as its application gets them. What cannot be decrypted is there as
     * {@code invalid.<key>}, as with Spring Cloud Config; what others encrypted is handed on as it is.
     */
    public Map<String, Object> open(Map<String, Object> values, NamespaceId namespace) {
        DataKeys all = keys;
        if (all == null || values.values().stream().noneMatch(Secrets::isOurs)) {
            return values;
        }
        Map<String, Object> opened = new LinkedHashMap<>();
        values.forEach((key, value) -> {
            Matcher parts = OURS.matcher(value.toString());
            if (!isOurs(value) || !parts.matches()) {
                opened.put(key, value);
                return;
            }
            String application = parts.group(1);
            Optional<String> text =
                    application.equals(namespace.application()) || application.equals(NamespaceId.SHARED)
                            ? open(all, parts)
                            : Optional.empty();
            if (text.isPresent()) {
                opened.put(key, text.get());
            } else {
                UNDECRYPTABLE.inc();
                opened.put(UNREADABLE + key, "<n/a>");
            }
        });
        return opened;
    }

    private static boolean isOurs(Object value) {
        return value instanceof String text && text.startsWith("{cipher}{app:");
    }

    private static Optional<String> open(DataKeys keys, Matcher parts) {
        byte[] sealed;
        try {
            sealed = Base64.getUrlDecoder().decode(parts.group(3));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        Optional<SecretKey> key = keys.find(parts.group(2));
        return key.flatMap(found -> Sealed.open(found, sealed, bound(parts.group(1))))
                .map(text -> new String(text, UTF_8));
    }

    private static byte[] bound(String application) {
        return ("value of " + application).getBytes(UTF_8);
    }

    /** Wraps every data key by the primary master key and begins a new one; returns how many had another master key. */
    public int rotate() {
        return keys().rotate();
    }
}
