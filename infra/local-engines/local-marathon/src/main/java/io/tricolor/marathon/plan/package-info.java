/** Pure rules: deployment plans, rolling restarts, victims, health, launch delays. */
@NullMarked
package io.tricolor.marathon.plan;

import org.jspecify.annotations.NullMarked;
