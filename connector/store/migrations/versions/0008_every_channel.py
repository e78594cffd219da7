"""Let single activities be switched off"""

import sqlalchemy as sa
from alembic import op


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('codes_off',
    sa.Column('org_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('activity_group', sa.String(length=40), nullable=False),
    sa.Column('activity', sa.String(length=80), nullable=False),
    sa.ForeignKeyConstraint(['org_id'], ['orgs.id'], name=op.f('fk_codes_off_org_id_orgs')),
    sa.PrimaryKeyConstraint('org_id', 'activity_group', 'activity', name=op.f('pk_codes_off'))
    )


def downgrade() -> None:
    op.drop_table('codes_off')
