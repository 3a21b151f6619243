package io.tricolor.strategy.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tricolor.contracts.audit.AuditRootSigned;
import io.tricolor.kit.message.CanonicalJson;
import io.tricolor.kit.message.ContractsJson;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;

/** Roots outside the database: one a line, appended and forced to the disk; readable by the owner only. */
final class RootsFile {

    private final Path file;

    RootsFile(Path file) {
        this.file = file.toAbsolutePath();
    }

    /** The number of the last root in it, 0 for none. A line that a crash cut off is taken away. */
    long last() throws IOException {
        if (!Files.exists(file)) {
            return 0;
        }
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            long end = lineBefore(open, open.length());
            open.setLength(end);
            if (end == 0) {
                return 0;
            }
            long begin = lineBefore(open, end - 1);
            byte[] line = new byte[Math.toIntExact(end - begin - 1)];
            open.seek(begin);
            open.readFully(line);
            return ContractsJson.mapper().readValue(line, AuditRootSigned.class).number();
        } catch (JacksonException e) {
            throw new IOException("the last line of " + file + " is no root: " + e.getOriginalMessage(), e);
        }
    }

    /** Where the line begins that goes on at {@code position}: behind the line feed before it. */
    private static long lineBefore(RandomAccessFile open, long position) throws IOException {
        byte[] block = new byte[8192];
        long end = position;
        while (end > 0) {
            int length = (int) Math.min(block.length, end);
            open.seek(end - length);
            open.readFully(block, 0, length);
            for (int i = length - 1; i >= 0; i--) {
                if (block[i] == '\n') {
                    return end - length + i + 1;
                }
            }
            end -= length;
        }
        return 0;
    }

    void append(AuditRootSigned root) throws IOException {
        if (!Files.exists(file)) {
            Files.createDirectories(file.getParent());
        }
        byte[] line = (CanonicalJson.text(root) + "\n").getBytes(UTF_8);
        try (FileChannel open = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer rest = ByteBuffer.wrap(line);
            while (rest.hasRemaining()) {
                open.write(rest);
            }
            open.force(true);
        }
    }

    /** Those above a number, in the order of the file. */
    List<AuditRootSigned> after(long number) throws IOException {
        List<AuditRootSigned> found = new ArrayList<>();
        if (!Files.exists(file)) {
            return found;
        }
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            int count = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                count++;
                try {
                    AuditRootSigned root = ContractsJson.mapper().readValue(line, AuditRootSigned.class);
                    if (root.number() > number) {
                        found.add(root);
                    }
                } catch (JacksonException e) {
                    throw new IOException(
                            "line " + count + " of " + file + " is no root: " + e.getOriginalMessage(), e);
                }
            }
        }
        return found;
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
