package io.tricolor.consul;

import io.tricolor.localhttp.HttpFailure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The rules of the key-value store, over the state plus what the running transaction has changed so far. */
final class KeyValues {
    private final Transaction transaction;
    private final Map<String, Optional<KvEntry>> changed = new LinkedHashMap<>();

    KeyValues(Transaction transaction) {
        this.transaction = transaction;
    }

    @Nullable
    KvEntry get(String key) {
        Optional<KvEntry> own = changed.get(key);
        return own == null ? transaction.state().key(key) : own.orElse(null);
    }

    List<KvEntry> tree(String prefix) {
        TreeMap<String, KvEntry> tree = new TreeMap<>();
        transaction.state().tree(prefix).forEach(entry -> tree.put(entry.key(), entry));
        changed.forEach((key, entry) -> {
            if (key.startsWith(prefix)) {
                entry.ifPresentOrElse(e -> tree.put(key, e), () -> tree.remove(key));
            }
        });
        return List.copyOf(tree.values());
    }

    /** Sets a key whoever holds it. */
    void set(String key, @Nullable String value, long flags) {
        KvEntry before = get(key);
        put(
                before,
                new KvEntry(
                        key,
                        value,
                        flags,
                        before == null ? 0 : before.lockIndex(),
                        before == null ? null : before.session(),
                        0,
                        0));
    }

    /** Sets a key that was last changed at {@code index}; at 0, one that does not exist. */
    boolean setIf(long index, String key, @Nullable String value, long flags) {
        KvEntry before = get(key);
        if (index == 0 ? before != null : before == null || before.modifyIndex() != index) {
            return false;
        }
        set(key, value, flags);
        return true;
    }

    /** Takes a key for a session, or sets it once more for its holder. */
    boolean acquire(String session, String key, @Nullable String value, long flags) {
        if (transaction.state().session(session) == null) {
            throw new HttpFailure(500, "invalid session \"" + session + "\"");
        }
        KvEntry before = get(key);
        String holder = before == null ? null : before.session();
        if (holder != null && !holder.equals(session)) {
            return false;
        }
        if (transaction.state().lockDelayedUntil(key) > transaction.nowEpochMillis()) {
            return false;
        }
        long lockIndex = (before == null ? 0 : before.lockIndex()) + (holder == null ? 1 : 0);
        put(before, new KvEntry(key, value, flags, lockIndex, session, 0, 0));
        return true;
    }

    /** Gives a key back that this session holds. */
    boolean release(String session, String key, @Nullable String value, long flags) {
        KvEntry before = get(key);
        if (before == null || !session.equals(before.session())) {
            return false;
        }
        put(before, new KvEntry(key, value, flags, before.lockIndex(), null, 0, 0));
        return true;
    }

    void delete(String key) {
        if (get(key) != null) {
            changed.put(key, Optional.empty());
        }
    }

    /** Deletes a key that was last changed at {@code index}; one that does not exist counts as deleted. */
    boolean deleteIf(long index, String key) {
        KvEntry before = get(key);
        if (before != null && before.modifyIndex() == index) {
            delete(key);
            return true;
        }
        return before == null;
    }

    void deleteTree(String prefix) {
        tree(prefix).forEach(entry -> delete(entry.key()));
    }

    /** Releases or deletes what a session holds when it ends, and keeps others away for its lock delay. */
    void endOf(SessionEntry session) {
        for (KvEntry entry : transaction.state().heldBy(session.id())) {
            if (session.deletesKeys()) {
                delete(entry.key());
            } else {
                changed.put(entry.key(), Optional.of(entry.withSession(null, transaction.index())));
            }
            if (!session.lockDelay().isZero()) {
                transaction.emit(new Change.KvDelay(
                        entry.key(),
                        transaction.nowEpochMillis() + session.lockDelay().toMillis()));
            }
        }
    }

    /** Makes what was changed part of the transaction. */
    void commit() {
        List<Change> changes = new ArrayList<>();
        changed.forEach((key, entry) -> {
            if (entry.isPresent()) {
                changes.add(new Change.KvPut(entry.get()));
            } else if (transaction.state().key(key) != null) {
                changes.add(new Change.KvDelete(key, transaction.index()));
            }
        });
        changes.forEach(transaction::emit);
    }

    private void put(@Nullable KvEntry before, KvEntry after) {
        if (before != null && before.sameContent(after)) {
            return;
        }
        long created = before == null ? transaction.index() : before.createIndex();
        changed.put(
                after.key(),
                Optional.of(new KvEntry(
                        after.key(),
                        after.value(),
                        after.flags(),
                        after.lockIndex(),
                        after.session(),
                        created,
                        transaction.index())));
    }

    /** Whether this session holds the key. */
    boolean isHeldBy(String session, String key) {
        KvEntry entry = get(key);
        return entry != null && Objects.equals(entry.session(), session);
    }
}
