/** Operating-system processes: sandboxes, ports, launch, identity, signals. */
@NullMarked
package io.tricolor.marathon.task;

import org.jspecify.annotations.NullMarked;
