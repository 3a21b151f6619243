package io.tricolor.cli.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows under headings. On a terminal the widest columns are cut so that a row stays one line. */
public final class Table {

    private static final int GAP = 2;
    private static final int NARROWEST = 6;

    private final List<List<Cell>> rows = new ArrayList<>();

    /** With these headings. */
    public Table(String... headings) {
        rows.add(Arrays.stream(headings).map(Cell::faint).toList());
    }

    /** Adds a row; each cell is a {@link Cell}, or anything else that is shown as its text. */
    public Table row(Object... cells) {
        if (cells.length != rows.getFirst().size()) {
            throw new IllegalArgumentException(cells.length + " cells under " + rows.getFirst());
        }
        rows.add(Arrays.stream(cells)
                .map(cell -> cell instanceof Cell one ? one : Cell.of(String.valueOf(cell)))
                .toList());
        return this;
    }

    public boolean isEmpty() {
        return rows.size() == 1;
    }

    /** The lines, headings first. */
    public List<String> lines(Terminal terminal) {
        int[] widths = widths();
        shrink(widths, terminal.width());
        List<String> lines = new ArrayList<>();
        for (List<Cell> row : rows) {
            StringBuilder line = new StringBuilder();
            int pending = 0;
            for (int c = 0; c < row.size(); c++) {
                Cell cell = row.get(c);
                String text = Plain.fitted(cell.text(), widths[c]);
                if (!text.isEmpty()) {
                    line.repeat(' ', pending).append(cell.shown(terminal, text));
                    pending = 0;
                }
                pending += widths[c] - Plain.columns(text) + GAP;
            }
            lines.add(line.toString());
        }
        return lines;
    }

    private int[] widths() {
        int[] widths = new int[rows.getFirst().size()];
        for (List<Cell> row : rows) {
            for (int c = 0; c < widths.length; c++) {
                widths[c] = Math.max(widths[c], Plain.columns(row.get(c).text()));
            }
        }
        return widths;
    }

    private static void shrink(int[] widths, int width) {
        long all = Arrays.stream(widths).asLongStream().sum() + (long) GAP * (widths.length - 1);
        while (all > width) {
            // The first column has names and ids, which people copy.
            int widest = widths.length - 1;
            for (int c = 1; c < widths.length; c++) {
                if (widths[c] > widths[widest]) {
                    widest = c;
                }
            }
            if (widest == 0 || widths[widest] <= NARROWEST) {
                return;
            }
            widths[widest]--;
            all--;
        }
    }
}
