/** What people decide, as YAML documents: export, diff, apply. */
@NullMarked
package io.tricolor.cli.document;

import org.jspecify.annotations.NullMarked;
