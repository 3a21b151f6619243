/** Cluster groups: what a group is made of, what may be asked of it, and every fact its stream can hold. */
@NullMarked
package io.tricolor.contracts.group;

import org.jspecify.annotations.NullMarked;
