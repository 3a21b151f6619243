package io.tricolor.config.secret;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Keys of values: random, kept in the database, each wrapped by a master key. Blocking. */
final class DataKeys {

    private static final int KEY_BYTES = 32;
    private static final int ID_BYTES = 8;
    private static final long LOCK = 0x7472_6963_6b65_7973L;

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;
    private final MasterKeys masters;
    private final SecureRandom random = new SecureRandom();
    private final Map<String, SecretKey> opened = new ConcurrentHashMap<>();

    DataKeys(JdbcClient jdbc, PlatformTransactionManager transactionManager, MasterKeys masters) {
        this.jdbc = jdbc;
        this.transaction = new TransactionTemplate(transactionManager);
        this.masters = masters;
    }

    /** A data key and its name. */
    record Named(String id, SecretKey key) {}

    private record Wrapped(String id, String master, String hex) {}

    /** The key for new values; the first call makes one. */
    Named newest() {
        List<String> ids = ids();
        if (ids.isEmpty()) {
            transaction.executeWithoutResult(status -> {
                lock();
                if (ids().isEmpty()) {
                    make();
                }
            });
            ids = ids();
        }
        String id = ids.getFirst();
        return new Named(id, find(id).orElseThrow());
    }

    private List<String> ids() {
        return jdbc.sql("select id from config_data_key order by created_at desc, id limit 1")
                .query(String.class)
                .list();
    }

    /** Empty when there is no such key. */
    Optional<SecretKey> find(String id) {
        SecretKey known = opened.get(id);
        if (known != null) {
            return Optional.of(known);
        }
        Optional<SecretKey> found = jdbc.sql(
                        "select id, master, encode(wrapped, 'hex') as hex from config_data_key where id = :id")
                .param("id", id)
                .query((row, number) -> new Wrapped(row.getString("id"), row.getString("master"), row.getString("hex")))
                .optional()
                .map(wrapped -> new SecretKeySpec(unwrap(wrapped), "AES"));
        found.ifPresent(key -> opened.put(id, key));
        return found;
    }

    /** Wraps every data key by the primary master key, and makes a new one; returns how many had another master key. */
    int rotate() {
        Integer rewrapped = transaction.execute(status -> {
            lock();
            List<Wrapped> old = jdbc.sql(
                            "select id, master, encode(wrapped, 'hex') as hex from config_data_key where master <> :primary")
                    .param("primary", masters.primary())
                    .query((row, number) ->
                            new Wrapped(row.getString("id"), row.getString("master"), row.getString("hex")))
                    .list();
            old.forEach(
                    key -> jdbc.sql("update config_data_key set master = :master, wrapped = :wrapped where id = :id")
                            .param("id", key.id())
                            .param("master", masters.primary())
                            .param("wrapped", wrap(key.id(), unwrap(key)))
                            .update());
            make();
            return old.size();
        });
        return rewrapped == null ? 0 : rewrapped;
    }

    private void lock() {
        jdbc.sql("select pg_advisory_xact_lock(:lock)")
                .param("lock", LOCK)
                .query((row, number) -> true)
                .list();
    }

    private void make() {
        byte[] id = new byte[ID_BYTES];
        byte[] key = new byte[KEY_BYTES];
        random.nextBytes(id);
        random.nextBytes(key);
        String name = HexFormat.of().formatHex(id);
        jdbc.sql("insert into config_data_key (id, master, wrapped) values (:id, :master, :wrapped)")
                .param("id", name)
                .param("master", masters.primary())
                .param("wrapped", wrap(name, key))
                .update();
    }

    private byte[] wrap(String id, byte[] key) {
        return Sealed.seal(masters.key(masters.primary()), key, id.getBytes(UTF_8));
    }

    private byte[] unwrap(Wrapped key) {
        return Sealed.open(
                        masters.key(key.master()),
                        HexFormat.of().parseHex(key.hex()),
                        key.id().getBytes(UTF_8))
                .orElseThrow(() -> new IllegalStateException(
                        "the data key " + key.id() + " was not wrapped by the master key " + key.master()));
    }
}
