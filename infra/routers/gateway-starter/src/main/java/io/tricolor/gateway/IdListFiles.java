package io.tricolor.gateway;

import io.tricolor.contracts.Rejected;
import io.tricolor.contracts.group.IdList;
import io.tricolor.router.sources.IdListDownload;
import io.tricolor.router.sources.Peer;
import io.tricolor.routing.IdLists;
import io.tricolor.routing.ListContent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lists that tables refer to: fetched from strategy-service once, kept on disk under their sha256, mapped into
 * memory. A file has its name only when its content is proven and durable. Thread-safe, and not for an event loop.
 */
final class IdListFiles {

    private static final Logger log = LoggerFactory.getLogger(IdListFiles.class);
    private static final Duration LONGEST_FETCH = Duration.ofMinutes(2);

    private final Path directory;
    private final Peer strategy;
    private final Duration pauseAfterWrongContent;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<IdList, ListContent> mapped = new HashMap<>();
    private final Map<IdList, Integer> holders = new HashMap<>();
    private final Map<IdList, ReentrantLock> fetching = new ConcurrentHashMap<>();
    private final Map<IdList, Wrong> wrong = new ConcurrentHashMap<>();

    /**
     * Files in a directory.
     *
     * @param pauseAfterWrongContent how long a list is not asked for again after something else was answered in its
     *     place
     */
    IdListFiles(Path directory, Peer strategy, Duration pauseAfterWrongContent) {
        this.directory = directory;
        this.strategy = strategy;
        this.pauseAfterWrongContent = pauseAfterWrongContent;
        try {
            Files.createDirectories(directory);
            for (Path left : files(IdListDownload.TEMPORARY)) {
                Files.deleteIfExists(left);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot use " + directory + " (tricolor.gateway.state-dir)", e);
        }
    }

    /** An answer that was not the list. */
    private record Wrong(Rejected refusal, long atNanos) {}

    /** Lists that are there, and stay on disk at least until this is closed. */
    final class Hold implements IdLists, AutoCloseable {

        private final Map<IdList, ListContent> contents = new HashMap<>();
        private final Set<IdList> lists;

        private Hold(Set<IdList> lists) {
            this.lists = lists;
            locked(() -> lists.forEach(list -> holders.merge(list, 1, Integer::sum)));
        }

        @Override
        public ListContent content(IdList reference) {
            ListContent content = contents.get(reference);
            return content != null ? content : IdLists.NONE.content(reference);
        }

        @Override
        public void close() {
            locked(() -> lists.forEach(
                    list -> holders.computeIfPresent(list, (key, count) -> count == 1 ? null : count - 1)));
        }
    }

    /** A way to a list that is not mapped yet. */
    @FunctionalInterface
    private interface Way {
        ListContent open(IdList list) throws IOException, InterruptedException;
    }

    /**
     * Sees to it that all of the lists are here, from disk or from strategy-service.
     *
     * @throws IOException when one cannot be had now; later it may be
     * @throws Rejected when what is answered in the place of one is something else
     */
    Hold bring(Set<IdList> lists) throws IOException, InterruptedException {
        return hold(lists, this::fromDiskOrStrategy);
    }

    /** The same from disk alone. */
    Hold load(Set<IdList> lists) throws IOException {
        try {
            return hold(lists, list -> {
                ListContent content = fromDisk(list);
                if (content == null) {
                    throw new IOException("id list " + list.sha256() + " is not on disk");
                }
                return content;
            });
        } catch (InterruptedException e) {
            throw new IllegalStateException("a disk does not interrupt", e);
        }
    }

    private Hold hold(Set<IdList> lists, Way way) throws IOException, InterruptedException {
        Hold hold = new Hold(lists);
        boolean complete = false;
        try {
            for (IdList list : lists) {
                hold.contents.put(list, content(list, way));
            }
            complete = true;
            return hold;
        } finally {
            if (!complete) {
                hold.close();
            }
        }
    }

    /** One thread at a time fetches a list; the others then find it. */
    private ListContent content(IdList list, Way way) throws IOException, InterruptedException {
        ReentrantLock one = fetching.computeIfAbsent(list, key -> new ReentrantLock());
        one.lockInterruptibly();
        try {
            ListContent known = known(list);
            if (known != null) {
                return known;
            }
            ListContent content = way.open(list);
            locked(() -> mapped.put(list, content));
            return content;
        } finally {
            one.unlock();
        }
    }

    private @Nullable ListContent known(IdList list) {
        lock.lock();
        try {
            return mapped.get(list);
        } finally {
            lock.unlock();
        }
    }

    private ListContent fromDiskOrStrategy(IdList list) throws IOException, InterruptedException {
        ListContent onDisk = fromDisk(list);
        return onDisk != null ? onDisk : fetch(list);
    }

    private @Nullable ListContent fromDisk(IdList list) throws IOException {
        Path file = directory.resolve(list.sha256());
        try {
            return ListContent.map(list, file);
        } catch (NoSuchFileException e) {
            return null;
        } catch (Rejected e) {
            log.warn("id list {} is broken on disk and needed anew: {}", list.sha256(), e.getMessage());
            Files.deleteIfExists(file);
            return null;
        }
    }

    private ListContent fetch(IdList list) throws IOException, InterruptedException {
        Wrong before = wrong.get(list);
        if (before != null && System.nanoTime() - before.atNanos() < pauseAfterWrongContent.toNanos()) {
            throw before.refusal();
        }
        try {
            ListContent content = IdListDownload.fetch(strategy, list, directory, LONGEST_FETCH);
            wrong.remove(list);
            log.info(
                    "id list {} with {} {} fetched",
                    list.sha256(),
                    list.count(),
                    list.kind().word());
            return content;
        } catch (Rejected e) {
            wrong.put(list, new Wrong(e, System.nanoTime()));
            throw e;
        }
    }

    /**
     * Deletes the files of all lists that are neither among these nor held. Requests that were decided by one keep its
     * content.
     */
    void retain(Set<IdList> referenced) throws IOException {
        lock.lock();
        try {
            Set<String> needed = Stream.concat(referenced.stream(), holders.keySet().stream())
                    .map(IdList::sha256)
                    .collect(Collectors.toSet());
            mapped.keySet().removeIf(list -> !needed.contains(list.sha256()));
            wrong.keySet().removeIf(list -> !needed.contains(list.sha256()));
            for (Path file : files("")) {
                String name = file.getFileName().toString();
                if (!name.endsWith(IdListDownload.TEMPORARY) && !needed.contains(name)) {
                    Files.deleteIfExists(file);
                    log.info("id list {} is deleted, no table refers to it", name);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private List<Path> files(String suffix) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().endsWith(suffix))
                    .toList();
        }
    }

    private void locked(Runnable change) {
        lock.lock();
        try {
            change.run();
        } finally {
            lock.unlock();
        }
    }
}
