package io.tricolor.config.namespace.content;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * How two contents differ.
 *
 * @param added keys that only the later one has
 * @param removed keys that only the earlier one has
 * @param changed keys whose values differ
 */
public record ContentDiff(
        SortedMap<String, Object> added, SortedMap<String, Object> removed, SortedMap<String, Change> changed) {

    /** A value before and after. */
    public record Change(Object from, Object to) {}

    /** All keys, sorted. */
    public List<String> keys() {
        TreeSet<String> keys = new TreeSet<>(added.keySet());
        keys.addAll(removed.keySet());
        keys.addAll(changed.keySet());
        return List.copyOf(keys);
    }

    /** The same without the values of secrets; of a value that became one, or was one, neither is shown. */
    public ContentDiff masked() {
        SortedMap<String, Change> maskedChanges = new TreeMap<>(changed);
        maskedChanges.replaceAll(
                (key, change) -> SecretKeys.isSecret(key, change.from()) || SecretKeys.isSecret(key, change.to())
                        ? new Change(SecretKeys.MASK, SecretKeys.MASK)
                        : change);
        return new ContentDiff(
                new TreeMap<>(SecretKeys.mask(added)), new TreeMap<>(SecretKeys.mask(removed)), maskedChanges);
    }
}
