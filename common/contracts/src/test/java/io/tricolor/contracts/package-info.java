/** Holds records, schemas, samples and pages to each other. */
@NullMarked
package io.tricolor.contracts;

import org.jspecify.annotations.NullMarked;
